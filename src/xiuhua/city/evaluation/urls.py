"""Pages of the evaluation room, under /evaluation/."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "evaluation"
urlpatterns = [
    path("", pages.rates, name="rates"),
    path("indicators/", pages.table, name="indicators"),
    path("cases/", pages.behind, name="behind"),
    path("report/", pages.report, name="report"),
    path("matters/<str:number>/", pages.bulletins, name="bulletins"),
    path("matters/<str:number>/write/", pages.write, name="write"),
    path("matters/<str:number>/<int:row>.pdf", pages.bulletin, name="bulletin"),
]
