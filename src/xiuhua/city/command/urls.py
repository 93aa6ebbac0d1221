"""The live screen, at the root."""

from __future__ import annotations

from django.urls import path

from . import desk, pages

app_name = "command"
urlpatterns = [
    path("", pages.live, name="live"),
    path("desk/", desk.page, name="desk"),
    path("desk/quiet/", desk.quiet, name="quiet"),
    path("desk/quiet/<int:id>/end/", desk.end_quiet, name="end-quiet"),
    path("desk/budget/", desk.budget, name="budget"),
    path("live/feed", pages.live_feed, name="feed"),
    path("live/drawing.json", pages.drawing, name="drawing"),
]
