"""`xiuhua history` as a command: whether history is what it says, and erasing on request."""

from __future__ import annotations

from typing import Annotated

import typer
from django.conf import settings

from xiuhua.city.archive import proofs, verifying
from xiuhua.epoch import now_ms

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def history() -> None:
    """Look after the past's readings."""


@app.command()
def verify(
    head: Annotated[
        str, typer.Option(help="A proof's code, noted earlier: it must still be there.")
    ] = "",
) -> None:
    """Check every file of history and every proof of deletion; exits with 1 where one is wrong."""
    found = verifying.verify(settings.HISTORY_ROOT, now_ms())
    typer.echo(f"History: {found.parts} parts with {found.rows} readings.")
    if found.without_digest:
        typer.echo(f"{found.without_digest} of them are older than digests: CRC-32 checked alone.")
    typer.echo(f"Proofs of deletion: {found.endings}, of {found.removed} readings.")
    typer.echo(f"The newest proof is {found.head or 'none yet'}; keep this line elsewhere.")
    faults = found.faults
    if head and not proofs.ledger.holds(head):
        faults = [*faults, verifying.Fault("chain", f"no proof has the code {head}")]
    for fault in faults:
        typer.echo(f"WRONG {fault.sort}: {fault.where}: {verifying.SAYS[fault.sort]}", err=True)
    if faults:
        typer.echo(f"{len(faults)} faults.", err=True)
        raise typer.Exit(1)
    typer.echo("All is as it says.")
