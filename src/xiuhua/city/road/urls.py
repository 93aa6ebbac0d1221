"""The road's page, at /road/."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "road"
urlpatterns = [
    path("", pages.health_page, name="health"),
    path("strip", pages.strip, name="strip"),
]
