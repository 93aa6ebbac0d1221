"""Pages of the cases room, under /cases/."""

from __future__ import annotations

from django.urls import path

from . import danger_pages, pages, reporting_pages, search_pages, standards_pages

app_name = "cases"
urlpatterns = [
    path("", pages.board, name="board"),
    path("of-alert/<uuid:alert>/", pages.of_alert, name="of-alert"),
    path("photos/<int:id>/", pages.photo, name="photo"),
    path("danger/", danger_pages.page, name="danger"),
    path("new/", reporting_pages.sources, name="sources"),
    path("new/similar", reporting_pages.similar, name="similar"),
    path("new/<slug:source>/", reporting_pages.new, name="new"),
    path("search/", search_pages.page, name="search"),
    path("search/spots.json", search_pages.spots, name="search-spots"),
    path("search/reporter", search_pages.by_reporter, name="search-reporter"),
    path("search/export", search_pages.export, name="search-export"),
    path("search/save", search_pages.save, name="search-save"),
    path("search/<int:id>/forget", search_pages.forget, name="search-forget"),
    path("standards/", standards_pages.table, name="standards"),
    path("standards.csv", standards_pages.as_csv, name="standards-csv"),
    path("standards/import", standards_pages.import_csv, name="standards-import"),
    path("standards/stages/<slug:stage>", standards_pages.stage_limit, name="stage-limit"),
    path("standards/<slug:code>/", standards_pages.row, name="standard"),
    path("<str:number>/voices/<int:voice>/", reporting_pages.reach, name="reach"),
    path("<str:number>/", pages.case, name="case"),
    path("<str:number>/steps/<str:step>/", pages.step, name="step"),
]
