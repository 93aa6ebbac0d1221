"""The road's pages."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "road"
urlpatterns = [
    path("rejected/", pages.rejected, name="rejected"),
    path("rejected/replay", pages.replay, name="replay"),
    path("rejected/<int:number>", pages.message, name="message"),
]
