"""Pages of the staff room, under /staff/."""

from __future__ import annotations

from django.urls import path

from . import grant_pages, pages

app_name = "staff"
urlpatterns = [
    path("", pages.roster, name="roster"),
    path("watch/", pages.watch, name="watch"),
    path("watch/<int:id>/drop/", pages.drop, name="drop"),
    path("watch/<int:id>/ask/", pages.ask, name="ask"),
    path("swap/<int:id>/", pages.answer, name="answer"),
    path("absence/", pages.absence, name="absence"),
    path("grants/", grant_pages.page, name="grants"),
    path("grants/<str:username>/", grant_pages.decide, name="decide"),
]
