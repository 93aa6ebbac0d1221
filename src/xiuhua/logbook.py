"""`xiuhua log …`: how the log stands, and the two things about it that a person must decide."""

from __future__ import annotations

from typing import Annotated

import typer
from django.conf import settings

from xiuhua.city.road import health
from xiuhua.city.road.pages import limits
from xiuhua.epoch import SHANGHAI, moment, now_ms
from xiuhua.gateway.timekeeper import BELIEVED, MARK, mark_in
from xiuhua.log.database import open_reader

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The log: its state, its care.")


@app.command()
def status() -> None:
    """Say how the log stands: newest record, readers, what was set aside, what is wrong."""
    with open_reader(settings.ROAD_LOG) as log:
        found = health.examine(log, limits(), now_ms())
    typer.echo(f"Newest record {found.position} at {_when(found.at)}; trimmed to {found.trimmed}.")
    for reader in found.readers:
        typer.echo(f"Reader {reader.name}: safe to {reader.position}, heard {_when(reader.at)}.")
    for each in found.aside:
        typer.echo(
            f"Set aside {each.first}-{each.last}: {each.count} records, at least {each.readings} "
            f"readings; {each.what}; found {_when(each.found)}."
        )
    for trouble in found.troubles:
        typer.echo(f"{trouble.weight}: {trouble.en}\n    {trouble.todo_en}")
    raise typer.Exit(1 if any(trouble.weight == "error" for trouble in found.troubles) else 0)


@app.command()
def forget(
    reader: Annotated[str, typer.Argument(help="Name of the reader, as status shows it.")],
) -> None:
    """Wait no longer for a reader that is gone for good: what only it needs leaves the log."""
    with open_reader(settings.ROAD_LOG) as log:
        known = {each.name for each in log.retention.registered()}
        if reader not in known:
            there = ", ".join(sorted(known)) or "none"
            typer.echo(f"The log waits for no reader {reader!r}; it waits for: {there}.", err=True)
            raise typer.Exit(1)
        log.retention.forget(reader)
    typer.echo(f"The log waits for {reader} no longer.")


@app.command()
def believe_clock() -> None:
    """Say that the gateway's clock is right after it leapt ahead: log time follows it at once."""
    with open_reader(settings.ROAD_LOG) as log:
        mark = mark_in(log.notes.get(MARK))
        if mark is None or mark.held <= 0:
            typer.echo("The gateway's clock is not held; nothing was changed.", err=True)
            raise typer.Exit(1)
        log.notes.put(BELIEVED, "", now_ms())
    typer.echo(f"The running gateway will believe its clock, {mark.held // 1000} s ahead.")


def _when(at: int) -> str:
    return f"{moment(at).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if at else "never"
