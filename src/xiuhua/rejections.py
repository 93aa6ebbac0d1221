"""`xiuhua rejected` as a command: what could not be taken, and its replay after the mend."""

from __future__ import annotations

import getpass
import time
from typing import Annotated

import typer

from xiuhua.city.road import commands, queries
from xiuhua.city.road.models import Replay
from xiuhua.epoch import SHANGHAI, moment
from xiuhua.log.rejected import Narrowed

app = typer.Typer(add_completion=False, help="Messages that could not be taken.")

Reason = Annotated[str, typer.Option(help="Only messages with this reason.")]
Device = Annotated[str, typer.Option(help="Only messages of this device.")]


def errors() -> tuple[type[Exception], ...]:
    """What can go wrong here, each with its sentence."""
    return (commands.NothingWaits,)


@app.callback(invoke_without_command=True)
def listing(
    context: typer.Context,
    reason: Reason = "",
    device: Device = "",
    limit: Annotated[int, typer.Option(help="How many at most.")] = 20,
) -> None:
    """List the newest messages that could not be taken, and why."""
    if context.invoked_subcommand is not None:
        return
    for kept in queries.box().find(Narrowed(reason=reason, device=device), limit=limit):
        message = kept.message
        at = moment(message.at).astimezone(SHANGHAI)
        who = message.device or message.speaker
        done = " [replayed]" if kept.replayed else ""
        typer.echo(
            f"{kept.number} {at:%m-%d %H:%M:%S} {message.door} {who} {message.reason}: "
            f"{message.detail}{done}"
        )


@app.command()
def replay(
    reason: Reason = "",
    device: Device = "",
    wait: Annotated[int, typer.Option(help="Seconds to wait for the gateway.")] = 60,
) -> None:
    """Play these messages again, each at the time of its first arrival and once at most."""
    which = Narrowed(reason=reason, device=device)
    by = f"{getpass.getuser()} (command)"
    order = commands.order_replay(which=which, box=queries.box(), by=by)
    typer.echo(f"Replay {order.pk} of {order.messages} messages is ordered.")
    deadline = time.monotonic() + wait
    while order.finished is None and time.monotonic() < deadline:
        time.sleep(0.2)
        order = Replay.objects.get(pk=order.pk)
    if order.finished is None:
        typer.echo("The gateway has not finished it; it goes on when the gateway runs.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{order.taken} taken, {order.refused_again} refused again.")
    for why, count in sorted(order.refused.items()):
        typer.echo(f"  {count} {why}")
