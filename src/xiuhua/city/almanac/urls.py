"""The almanac's pages."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "almanac"
urlpatterns = [
    path("", pages.days, name="days"),
    path("flags/<slug:name>", pages.flag, name="flag"),
]
