"""The almanac's pages."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "almanac"
urlpatterns = [
    path("", pages.days, name="days"),
    path("days/", pages.put_day, name="put-day"),
    path("days/<str:day>/drop", pages.drop_day, name="drop-day"),
    path("hours", pages.put_hours, name="hours"),
    path("flags/<slug:name>", pages.flag, name="flag"),
]
