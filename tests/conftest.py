"""What every test may ask for, and a home of its own for the whole run.

The home must stand in the environment before Django's settings are read, which is why
DJANGO_SETTINGS_MODULE is named here and not in pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import django
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # others may be using this machine
settings.load_profile("untimed")

_home = tempfile.mkdtemp(prefix="xiuhua-tests-")
os.environ["XIUHUA_HOME"] = _home
os.environ["XIUHUA_DATABASE"] = ""
os.environ["DJANGO_SETTINGS_MODULE"] = "xiuhua.city.settings"
django.setup()

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.nats",
    "tests.support.city",
    "tests.support.lawgate",
]


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)
