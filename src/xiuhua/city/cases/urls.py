"""Pages of the cases room, under /cases/."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "cases"
urlpatterns = [
    path("", pages.board, name="board"),
    path("of-alert/<uuid:alert>/", pages.of_alert, name="of-alert"),
    path("photos/<int:id>/", pages.photo, name="photo"),
    path("<str:number>/", pages.case, name="case"),
    path("<str:number>/steps/<str:step>/", pages.step, name="step"),
]
