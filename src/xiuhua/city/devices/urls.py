"""The devices' pages."""

from __future__ import annotations

from django.urls import path

from . import access_pages, enrol_pages, pages

app_name = "devices"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("gateways", access_pages.gateways, name="gateways"),
    path("gateways/<str:holder>/retire", access_pages.retire_gateway, name="retire-gateway"),
    path("enrol", enrol_pages.enrol, name="enrol"),
    path("enrol/csv", enrol_pages.bring, name="enrol-csv"),
    path("enrol/code", enrol_pages.make_code, name="enrol-code"),
    path("enrol/code/<int:code>/end", enrol_pages.end_code, name="end-code"),
    path("access/<str:holder>", access_pages.access, name="access"),
    path("access/<str:holder>/rotate", access_pages.rotate, name="rotate"),
    path("access/<str:holder>/code", access_pages.make_code, name="make-code"),
    path("access/<str:holder>/revoke", access_pages.revoke, name="revoke"),
    path("<str:device>/command", pages.command, name="command"),
    path("<str:device>/retire", access_pages.retire, name="retire"),
    path("<str:device>", pages.detail, name="device"),
]
