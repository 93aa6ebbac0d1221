"""The typed interface at /api/, one router a room, for logged-in people; described at /api/docs."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.security import django_auth

from .problems import problem

api = NinjaAPI(
    title="Xiuhua 绣花",
    version="1",
    auth=django_auth,
    docs_url="/docs",
    docs_decorator=login_required,
)


@api.exception_handler(PermissionDenied)
def _forbidden(_request: HttpRequest, _error: PermissionDenied | type[PermissionDenied]) -> Any:  # noqa: ANN401
    return problem(403, "forbidden", _("This is not for your role; ask your shift leader."))


for _room in settings.ROOMS:
    if find_spec(f"xiuhua.city.{_room}.api"):
        api.add_router(f"/{_room}/", import_module(f"xiuhua.city.{_room}.api").router)
