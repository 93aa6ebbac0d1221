"""`xiuhua simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xiuhua.epoch import now_ms
from xiuhua.simulator.options import OptionError, Options
from xiuhua.simulator.recorded import RecordedError
from xiuhua.simulator.rhythm import DAY
from xiuhua.simulator.schedule import ScriptError
from xiuhua.simulator.transports import TransportError

app = typer.Typer(add_completion=False)

PILOT = Path(__file__).parents[3] / "pilot"
_ERRORS = (OptionError, RecordedError, ScriptError, TransportError)


@app.command()
def simulate(
    pilot: Annotated[Path, typer.Option(help="Folder of the neighbourhood's files.")] = PILOT,
    mqtt: Annotated[str, typer.Option(help="HOST:PORT of the MQTT door.")] = "127.0.0.1:1883",
    http: Annotated[
        str, typer.Option(help="Speak to the HTTP door instead: its root, http://HOST:PORT.")
    ] = "",
    stdout: Annotated[bool, typer.Option("--stdout", help="Write NDJSON instead.")] = False,
    parquet: Annotated[
        Path | None, typer.Option(help="Write the past --days straight into a folder of history.")
    ] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="CSV of id,secret: who may speak, by which secret.")
    ] = None,
    schedule: Annotated[
        str, typer.Option(help="Incidents: natural, demo, quiet, or a TOML script file.")
    ] = "natural",
    faults: Annotated[str, typer.Option(help="Loss, doubles, clocks …: none, usual, rough.")] = (
        "usual"
    ),
    truth: Annotated[
        Path | None, typer.Option(help="Write the ground truth (NDJSON) to this file.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.001, help="Simulated seconds a second, until now is reached.")
    ] = 1.0,
    days: Annotated[
        float | None,
        typer.Option(min=0, help="Begin so many days ago (30 with --parquet; 1 if faster than 1)."),
    ] = None,
    readings: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many readings.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed says the same.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this kind, site or device; may be given again.")
    ] = None,
    standing: Annotated[
        int, typer.Option(min=0, help="Battery devices that stay connected; others come and go.")
    ] = 1_000,
    home: Annotated[
        Path | None, typer.Option(help="With --parquet: the house whose key makes plates tokens.")
    ] = None,
    recorded: Annotated[
        Path | None, typer.Option(help="Play this CSV or Parquet (timestamp,value) as --device.")
    ] = None,
    device: Annotated[str, typer.Option(help="With --recorded: the device to speak as.")] = "",
    field: Annotated[str, typer.Option(help="With --recorded: its field; else the charted.")] = "",
    column: Annotated[str, typer.Option(help="With --recorded: the column.")] = "value",
    scale: Annotated[str, typer.Option(help="With --recorded: A,B says value * A + B.")] = "1,0",
    shift: Annotated[
        str, typer.Option(help="With --recorded: `now` moves the series to end now.")
    ] = "",
) -> None:
    """Play a neighbourhood of sensors to the front doors, as its devices would.

    Every reading is sent until it is acknowledged (QoS 1, or 202); nothing is dropped: where the
    doors are slow or shut, simulated time waits. Ctrl-C ends it and says what was acknowledged.

    At --speed 60 a day takes 24 minutes; it begins in the past, and slows to 1 when it reaches now.
    """
    from xiuhua.simulator import run

    now = now_ms()
    past = days if days is not None else 30.0 if parquet else 1.0 if speed > 1 else 0.0
    options = Options(
        pilot=pilot,
        only=tuple(only or ()),
        seed=seed,
        past=int(past * DAY),
        speed=speed,
        schedule=schedule,
        faults=faults,
        way="stdout" if stdout else "http" if http else "mqtt",
        mqtt=_address(mqtt),
        http=http,
        credentials=credentials,
        standing=standing,
    )
    try:
        if recorded is not None:
            part = run.Part(
                file=recorded, device=device, field=field, column=column,
                scale=_scale(scale), shift=now if _is_now(shift) else None,
            )  # fmt: skip
            said = run.recorded(options, part)
        elif parquet is not None:
            said = run.archive(options, parquet, until=now, home=home, truth=truth)
        else:
            said = run.live(options, truth=truth, readings=readings)
    except _ERRORS as error:
        typer.echo(f"simulate: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(said, err=True)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise typer.BadParameter(f"{text!r} is not HOST:PORT", param_hint="--mqtt")
    return host, int(port)


def _scale(text: str) -> tuple[float, float]:
    try:
        factor, offset = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not two numbers A,B", param_hint="--scale") from None
    return factor, offset


def _is_now(text: str) -> bool:
    if text not in {"", "now"}:
        raise typer.BadParameter(f"{text!r}: only `now` is known", param_hint="--shift")
    return text == "now"
