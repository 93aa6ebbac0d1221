"""The typed interface at /api/, one router a room, for logged-in people; described at /api/docs."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from ninja import NinjaAPI
from ninja.security import django_auth

api = NinjaAPI(title="Xiuhua 绣花", version="1", auth=django_auth, docs_url="/docs")

for _room in settings.ROOMS:
    if find_spec(f"xiuhua.city.{_room}.api"):
        api.add_router(f"/{_room}/", import_module(f"xiuhua.city.{_room}.api").router)
