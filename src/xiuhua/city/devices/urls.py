"""The devices' pages."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "devices"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("<str:device>", pages.detail, name="device"),
]
