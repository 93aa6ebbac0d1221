"""The rules' pages."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "rules"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("new", pages.edit, name="new"),
    path("versions/<int:version>/approve", pages.approve, name="approve"),
    path("versions/<int:version>/refuse", pages.refuse, name="refuse"),
    path("setbacks/<int:setback>", pages.decide, name="decide"),
    path("trials/<int:row>", pages.trial, name="trial"),
    path("trials/<int:row>/hand-in", pages.hand_in, name="hand_in"),
    path("<slug:rule>", pages.detail, name="rule"),
    path("<slug:rule>/edit", pages.edit, name="edit"),
    path("<slug:rule>/withdraw", pages.withdraw, name="withdraw"),
    path("<slug:rule>/versions/<int:number>/roll-back", pages.roll_back, name="roll_back"),
]
