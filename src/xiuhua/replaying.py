"""`xiuhua replay` as a command: its options, and what it prints."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from xiuhua.rehearsal import Asked, House

Source: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        help="log (the default), history, a log's address, an archive's folder, NDJSON files."
    ),
]
Rules: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(help="Changed rules: a file or a folder of them; may be given again."),
]
Since: TypeAlias = Annotated[datetime | None, typer.Option(help="Alerts from then on, Shanghai.")]
Until: TypeAlias = Annotated[datetime | None, typer.Option(help="Alerts until then, Shanghai.")]
Only: TypeAlias = Annotated[str, typer.Option(help="Only this rule.")]
WarmUp: TypeAlias = Annotated[
    str, typer.Option(help="How long before --since to begin: what learns needs longer.")
]
Ledger: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="Who there was: a neighbourhood's folder, devices.csv or NDJSON."),
]
Out: TypeAlias = Annotated[
    Path | None, typer.Option(help="Write the alerts there: NDJSON, or .parquet.")
]
Processes: TypeAlias = Annotated[
    int, typer.Option(min=1, help="Sites are shared out among so many processes.")
]
CORES = os.cpu_count() or 1


def errors() -> tuple[type[Exception], ...]:
    """What can go wrong with a replay, each with its sentence."""
    from xiuhua.history.errors import HistoryUnreadable
    from xiuhua.runners.several import ProcessDied
    from xiuhua.runners.sources import NothingToReplay

    return HistoryUnreadable, NothingToReplay, ProcessDied


def asked(
    *, source: list[str] | None, rules: list[Path] | None, since: datetime | None,
    until: datetime | None, only: str, warm_up: str, ledger: Path | None, home: Path,
) -> Asked:  # fmt: skip
    """The options as a question. Raises RuleError for a length of time that is none."""
    from xiuhua import rehearsal
    from xiuhua.engine import durations
    from xiuhua.tokens import known_master_key

    words, files = rehearsal.told_apart(source or [], rules or [])
    return rehearsal.Asked(
        source=words,
        rules=files,
        only=only,
        ledger=ledger,
        master=known_master_key(home),
        period=rehearsal.of_shanghai(since, until),
        warm_up=durations.parse(warm_up, "--warm-up"),
    )


def house(*, log: str, history: Path) -> House:
    """The house as a replay reads it: its log's address, its history's root."""
    from xiuhua.city.manifest import Manifest
    from xiuhua.city.road.queries import saved_chunks
    from xiuhua.rehearsal import House

    return House(log=log, history=history, manifest=Manifest, chunks=saved_chunks)


def run(question: Asked, past: House, *, out: Path | None, processes: int) -> None:
    """Replay, with a bar on a terminal, and print the table. Raises what `errors` says."""
    from xiuhua import rehearsal
    from xiuhua.runners.progress import Bar

    with rehearsal.opening(question, past) as opened:
        bar = Bar(sys.stderr, opened.source.total(), time.monotonic)
        found = rehearsal.rehearse(opened, question, processes=processes, told=bar)
        bar.end()
    if out is not None:
        found.write(out)
    typer.echo("\n".join(found.table()))
    for note in found.notes:
        typer.echo(note, err=True)
