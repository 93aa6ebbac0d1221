"""Pages of the dispatch room, under /dispatch/."""

from __future__ import annotations

from django.urls import path

from . import pages, tables_pages

app_name = "dispatch"
urlpatterns = [
    path("", pages.desk, name="desk"),
    path("all/", pages.send_all, name="send-all"),
    path("send/<str:number>/", pages.send, name="send"),
    path("round/", pages.going_round, name="round"),
    path("matrix/", pages.matrix, name="matrix"),
    path("matrix.csv", tables_pages.as_csv, name="matrix-csv"),
    path("matrix/import/", tables_pages.bring_in, name="matrix-import"),
    path("matrix/responsible/", tables_pages.responsible, name="responsible"),
    path("matrix/asks/<slug:case_class>/", tables_pages.ask, name="ask"),
    path("matrix/skills/<str:username>/", tables_pages.skills, name="skills"),
]
