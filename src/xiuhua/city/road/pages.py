"""The page of the road: how log, readers, clock and disk stand, and what to do."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from xiuhua.city.access import needs
from xiuhua.epoch import moment, now_ms
from xiuhua.log.base import LogUnavailable
from xiuhua.log.database import LogReader, open_reader

from . import queries
from .health import Health, Limits, examine, no_log


@cache
def _reader(where: str) -> LogReader:
    return open_reader(where)


def limits() -> Limits:
    """What this house keeps its log by."""
    where: str = settings.ROAD_LOG
    folder = None if "://" in where else Path(where).parent
    return Limits(folder=folder, **settings.ROAD_KEEP, **settings.ROAD_DISK)


def health() -> Health:
    """How the road stands now."""
    try:
        log = _reader(settings.ROAD_LOG)
    except LogUnavailable as error:
        return Health(troubles=(no_log(error),))
    return examine(log, limits(), now_ms())


@needs("road.look")
def health_page(request: HttpRequest) -> HttpResponse:
    """How the road stands, anew every ten seconds."""
    found = health()
    standing = queries.standing()
    facts = {
        "default_cloth": "paper",
        "health": found,
        "said": _said(found),
        "log_at": moment(found.at) if found.at else None,
        "marked": moment(found.mark.wall) if found.mark else None,
        "standing": standing,
        "behind": max(0, found.position - standing.applied),
        "readers": [(reader, moment(reader.at)) for reader in found.readers],
        "aside": [(stretch, moment(stretch.found)) for stretch in found.aside],
        "free_mib": None if found.free is None else found.free >> 20,
    }
    return render(request, "road/health.html", facts)


@needs("road.look")
def strip(request: HttpRequest) -> HttpResponse:
    """What is wrong with the road, in a line for the live page; empty where all is well."""
    return render(request, "road/strip.html", {"said": _said(health())})


def _said(found: Health) -> list[dict[str, Any]]:
    """The troubles in the reader's language, errors first."""
    english = get_language() == "en"
    worst_first = sorted(found.troubles, key=lambda trouble: trouble.weight != "error")
    return [
        {
            "level": "critical" if trouble.weight == "error" else "warn",
            "what": trouble.en if english else trouble.zh,
            "todo": trouble.todo_en if english else trouble.todo_zh,
        }
        for trouble in worst_first
    ]
