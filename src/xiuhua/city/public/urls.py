"""Pages of the public's room, under /public/."""

from __future__ import annotations

from django.urls import path

from . import pages, places_pages

app_name = "public"
urlpatterns = [
    path("", pages.start, name="start"),
    path("report/", pages.report, name="report"),
    path("find/", pages.find, name="find"),
    path("mine/", pages.mine, name="mine"),
    path("mine/<slug:deed>", pages.deed, name="deed"),
    path("near.json", places_pages.near, name="near"),
    path("drawing.json", places_pages.drawing, name="drawing"),
    path("posters/", places_pages.posters, name="posters"),
    path("posters/<slug:place>/", places_pages.poster, name="poster"),
]
