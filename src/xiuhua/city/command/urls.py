"""The live screen, at the root."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "command"
urlpatterns = [
    path("", pages.live, name="live"),
    path("live/feed", pages.live_feed, name="feed"),
    path("live/drawing.json", pages.drawing, name="drawing"),
]
