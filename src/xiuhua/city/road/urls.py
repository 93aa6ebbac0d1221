"""The road's pages, at /road/."""

from __future__ import annotations

from django.urls import path

from . import pages, rejected_pages

app_name = "road"
urlpatterns = [
    path("", pages.health_page, name="health"),
    path("strip", pages.strip, name="strip"),
    path("rejected/", rejected_pages.rejected, name="rejected"),
    path("rejected/replay", rejected_pages.replay, name="replay"),
    path("rejected/<int:number>", rejected_pages.message, name="message"),
]
