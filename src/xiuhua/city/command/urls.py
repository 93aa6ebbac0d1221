"""The live screen, at the root."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "command"
urlpatterns: list[URLPattern] = []
