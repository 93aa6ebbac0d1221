"""The devices' pages."""

from __future__ import annotations

from django.urls import path

from . import access_pages, pages

app_name = "devices"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("gateways", access_pages.gateways, name="gateways"),
    path("access/<str:holder>", access_pages.access, name="access"),
    path("access/<str:holder>/rotate", access_pages.rotate, name="rotate"),
    path("access/<str:holder>/revoke", access_pages.revoke, name="revoke"),
    path("<str:device>/command", pages.command, name="command"),
    path("<str:device>/retire", access_pages.retire, name="retire"),
    path("<str:device>", pages.detail, name="device"),
]
