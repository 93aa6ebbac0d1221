"""What is built or laid down by set-up: calendar, front end, translations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from xiuhua.epoch import SHANGHAI, moment, now_ms

from .checks import ROOT, Finding, Setup, check


@check("X12")
def calendar_knows_the_day(_: Setup) -> Iterator[Finding]:
    """The calendar of days off reaches beyond today, and soon into the next year."""
    from django.db import DatabaseError

    from xiuhua.city.almanac import queries

    try:
        until = queries.known_until()
    except DatabaseError:  # X10 says it
        return
    today = moment(now_ms()).astimezone(SHANGHAI).date()
    if until is None or until - today < timedelta(days=30):
        known = f"ends on {until}" if until else "is empty"
        yield Finding(
            "warning",
            f"The calendar of days off {known}: after that, rules know the plain week only.",
            "Add what the State Council announced to calendar.toml; run: xiuhua load pilot FOLDER",
        )


@check("X20")
def front_end_is_built(_: Setup) -> Iterator[Finding]:
    """The pages' scripts and styles are there."""
    if not (ROOT / "web" / "dist" / ".vite" / "manifest.json").is_file():
        yield Finding("error", "The front end is not built: pages stay bare.", "Run: make setup")


@check("X21")
def translations_are_compiled(_: Setup) -> Iterator[Finding]:
    """Every language file is compiled, after its last change."""
    stale = [
        path
        for path in sorted((ROOT / "src/xiuhua/city").rglob("*.po"))
        if not (made := path.with_suffix(".mo")).is_file()
        or made.stat().st_mtime < path.stat().st_mtime
    ]
    if stale:
        yield Finding(
            "warning",
            f"{len(stale)} translations are not compiled; pages fall back to the source's words.",
            "Run: make setup",
        )
