"""`xiuhua replay` as a command: its options, and what it prints."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.db import DatabaseError

from xiuhua import pasts, rehearsal
from xiuhua.city.alerts.queries import MOST_MATTERS
from xiuhua.city.almanac.queries import CHANGES
from xiuhua.city.cases.queries import verdicts
from xiuhua.city.manifest import Manifest
from xiuhua.city.road.queries import saved_chunks
from xiuhua.engine import durations
from xiuhua.epoch import now_ms
from xiuhua.history.errors import HistoryUnreadable
from xiuhua.runners import labels
from xiuhua.runners.progress import Bar
from xiuhua.runners.scoring import Labels
from xiuhua.runners.several import ProcessDied
from xiuhua.runners.sources import NothingToReplay

app = typer.Typer(add_completion=False)


def errors() -> tuple[type[Exception], ...]:
    """What can go wrong with a replay, each with its sentence."""
    return HistoryUnreadable, NothingToReplay, ProcessDied


def house(home: Path, log: str, history: Path) -> pasts.House:
    """The house as a replay reads it: where it lives, its log's address, its history's root."""
    return pasts.House(home=home, log=log, history=history, manifest=Manifest, chunks=_chunks)


@app.command()
def replay(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Argument(
            help="log (the default), history, a log's address, an archive's folder, NDJSON files."
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="Changed rules: a file or a folder of them; may be given again."),
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="Alerts from then on, Shanghai.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Alerts until then, Shanghai.")] = None,
    only: Annotated[str, typer.Option(help="Only this rule.")] = "",
    warm_up: Annotated[
        str, typer.Option(help="How long before --since to begin: what learns needs longer.")
    ] = "1d",
    ledger: Annotated[
        Path | None,
        typer.Option(help="Who there was: a neighbourhood's folder, devices.csv or NDJSON."),
    ] = None,
    against: Annotated[
        str, typer.Option(help="What really happened: a file of simulate --truth, or cases.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the alerts there: NDJSON, or .parquet.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page there that tells and shows it all (.html).")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Sites are shared out among so many processes.")
    ] = os.cpu_count() or 1,
) -> None:
    """Say what changed rules would have done with the past: alerts new, gone, earlier, later.

    Nothing is told, no case is opened. Files of rules may also stand in the place of SOURCE.
    """
    words, files = pasts.told_apart(source or [], rules or [])
    asked = pasts.Asked(
        source=words,
        rules=files,
        only=only,
        ledger=ledger,
        period=pasts.of_shanghai(since, until),
        warm_up=durations.parse(warm_up, "--warm-up"),
    )
    known = _labels(against) if against else None
    with pasts.opening(asked, context.obj) as opened:
        bar = Bar(sys.stderr, opened.source.total(), time.monotonic)
        found = rehearsal.rehearse(opened, asked, labels=known, processes=processes, told=bar)
        bar.end()
        if report is not None:
            page = rehearsal.report(
                found, opened, asked, made=now_ms(), changes=CHANGES, budget=MOST_MATTERS
            )
            report.write_text(page, encoding="utf-8")
    if out is not None:
        found.write(out)
    typer.echo("\n".join([*found.table(), *found.score_table()]))
    for _, note in found.notes:
        typer.echo(note, err=True)


def _labels(against: str) -> Labels:
    if against != "cases":
        return labels.read(Path(against))
    return labels.of_verdicts(verdicts())


def _chunks() -> Mapping[str, bytes]:
    """The worker's newest snapshot; none where the database has no tables yet."""
    try:
        return saved_chunks()
    except DatabaseError:
        return {}
