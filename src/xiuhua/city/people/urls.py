"""Pages of the people room."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "people"
urlpatterns = [
    path("contacts", pages.contacts, name="contacts"),
    path("looks", pages.record, name="looks"),
]
