"""Where the rooms' pages are: each room under its own name, the live screen at the root."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NoReturn

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, include, path, re_path

from .api import api

BY_MAIL = r"^accounts/(?:email|confirm-email|password/reset|login/code)/"
"""What allauth does by mail. This house sends none, and whoever reads the mail, or sat at a desk
for a moment, would come in by it. Who forgot a password asks the administrator."""


def _closed(_request: HttpRequest) -> NoReturn:
    raise Http404


def _rooms() -> list[URLResolver]:
    return [
        path("" if room == "command" else f"{room}/", include(f"xiuhua.city.{room}.urls"))
        for room in settings.ROOMS
        if find_spec(f"xiuhua.city.{room}.urls")
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    re_path(BY_MAIL, _closed),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *_rooms(),
]
