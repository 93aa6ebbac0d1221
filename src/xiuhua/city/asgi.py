"""The pages as an ASGI application: `uvicorn xiuhua.city.asgi:application`."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiuhua.city.settings")

from django.core.asgi import get_asgi_application  # settings first

from .bodies import Bounded

application = Bounded(get_asgi_application())
