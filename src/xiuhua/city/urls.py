"""Where the rooms' pages are: each room under its own name, the live screen at the root."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from .api import api


def _rooms() -> list[URLResolver]:
    return [
        path("" if room == "command" else f"{room}/", include(f"xiuhua.city.{room}.urls"))
        for room in settings.ROOMS
        if find_spec(f"xiuhua.city.{room}.urls")
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *_rooms(),
]
