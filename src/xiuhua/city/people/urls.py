"""Pages of the people room."""

from __future__ import annotations

from django.urls import path

from . import family_pages, pages

app_name = "people"
urlpatterns = [
    path("contacts", pages.contacts, name="contacts"),
    path("family", family_pages.page, name="family"),
    path("family/<str:contact>/forget", family_pages.forget, name="family-forget"),
    path("looks", pages.record, name="looks"),
]
