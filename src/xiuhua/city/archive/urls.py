"""The archive's pages, at /archive/."""

from __future__ import annotations

from django.urls import path

from . import export_pages, pages

app_name = "archive"
urlpatterns = [
    path("", pages.keeping, name="keeping"),
    path("term", pages.term, name="term"),
    path("hold", pages.hold, name="hold"),
    path("holds/<int:number>/let-go", pages.let_go, name="let-go"),
    path("exports", export_pages.exports, name="exports"),
    path("erase", pages.erase, name="erase"),
]
