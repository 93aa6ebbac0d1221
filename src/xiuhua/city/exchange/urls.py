"""Pages of the exchange, under /exchange/."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "exchange"
urlpatterns = [
    path("", pages.partners, name="partners"),
    path("table/", pages.table, name="table"),
    path("<slug:code>/close", pages.close, name="close"),
]
