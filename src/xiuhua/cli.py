"""`xiuhua …`: every command of the house, and the one place where ports are joined to rooms.

What a command needs is imported inside it, so that `xiuhua --help` answers at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from xiuhua.config import Config

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="绣花 Xiuhua: from a sensor's word to an inspected closure.",
)
load = typer.Typer(no_args_is_help=True, help="Bring data in.")
app.add_typer(load, name="load")

HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For a command that is a program of its own, with its own --help."""

PILOT = Path(__file__).parents[2] / "pilot"

DEMO_SETTINGS = {
    "XIUHUA_HOME": "var/demo", "XIUHUA_DEMO": "1", "XIUHUA_DATABASE": "", "XIUHUA_LOG": "",
    "XIUHUA_HISTORY": "", "XIUHUA_NOTIFY": "",
}  # fmt: skip
"""A demo touches nobody's data and calls nobody, whatever stands in the environment."""


def main() -> None:
    """The program `xiuhua`."""
    app()


@app.command()
def up() -> None:
    """Run gateway, worker, web and clock together, and restart what dies, until Ctrl-C."""
    from xiuhua import supervisor

    settings = _settings()
    _require_free_ports(settings)
    _migrate()
    raise typer.Exit(supervisor.run(supervisor.house()))


@app.command()
def gateway() -> None:
    """Run the front doors: MQTT and HTTP, into the log."""
    settings = _settings()
    _django()
    from xiuhua import processes

    with _plainly():
        processes.gateway(
            log=_log_of(settings), home=settings.home, host=settings.host,
            mqtt_port=settings.mqtt_port, http_port=settings.http_port,
            mqtts_port=settings.mqtts_port, https_port=settings.https_port,
            tls_files=settings.tls_files, disk_stop=settings.disk_stop_mb << 20,
            device_rate=settings.device_rate, speaker_rate=settings.speaker_rate,
        )  # fmt: skip


@app.command()
def worker() -> None:
    """Run the engine over the log as it grows: alerts, cases, history."""
    settings = _settings()
    _django()
    from xiuhua import processes

    with _plainly():
        processes.worker(log=_log_of(settings), history=settings.history_root)


@app.command()
def web() -> None:
    """Run the pages."""
    settings = _settings()
    _django()
    from xiuhua import processes

    processes.web(host=settings.host, port=settings.web_port)


@app.command()
def clock() -> None:
    """Run what falls due by the machine's clock: calls are told, old rows go."""
    settings = _settings()
    _django()
    from xiuhua import processes

    with _plainly():
        processes.clock(
            log=_log_of(settings), notify=settings.notify, history=settings.history_root,
            log_days=settings.log_days, log_bytes=settings.log_mb << 20,
        )  # fmt: skip


@load.command()
def pilot(
    folder: Annotated[Path, typer.Argument(help="Folder of the neighbourhood's files.")] = PILOT,
) -> None:
    """Load a neighbourhood's folder into the rooms; again does no harm.

    With XIUHUA_DEMO=1 accounts and devices get secrets, which lie in HOME/demo.
    """
    settings = _settings()
    _migrate()
    from xiuhua.city.pilot import load_pilot

    with _plainly():
        loaded = load_pilot(folder, now=datetime.now(UTC), demo=settings.demo)
    print(
        f"{folder}: {loaded.places} places, {loaded.devices} devices, {loaded.residents} residents "
        f"and {loaded.rules} rules are new or changed."
    )


@app.command()
def flag(
    name: Annotated[str, typer.Argument(help="The flag, such as rain.")],
    state: Annotated[Literal["on", "off"], typer.Argument(help="Whether it is up from now on.")],
) -> None:
    """Put a flag that rules ask for, such as rain, up or down."""
    _settings()
    _django()
    from xiuhua import switches

    with _plainly(switches.UnknownFlag):
        print(switches.turn(name, on=state == "on"))


@app.command()
def secret(
    speaker: Annotated[str, typer.Argument(help="Id of a device or gateway in the ledger.")] = "",
    csv: Annotated[Path | None, typer.Option(help="Register new ones, from a CSV.")] = None,
) -> None:
    """Give a device or gateway a new secret and print it, the only time it is seen."""
    _settings()
    _django()
    from xiuhua import enrolling

    with _plainly(*enrolling.errors()):
        print(enrolling.secret(speaker, csv))


@app.command()
def bridge(
    file: Annotated[Path, typer.Argument(help="TOML: broker, door, topics; docs/guide/bridge.md.")],
    check: Annotated[bool, typer.Option("--check", help="Only say what it would do.")] = False,
) -> None:
    """Bring an existing broker's messages (MQTT, NATS JetStream) in by our MQTT door."""
    settings = _settings()
    from xiuhua import bridging

    with _plainly(bridging.BridgeError):
        bridging.bridge(file, settings.home / "bridge", print, only_check=check)


@app.command(add_help_option=False, context_settings=HANDED_ON)
def rejected(context: typer.Context) -> None:
    """List what could not be taken, or play it again after the mend; see its own --help."""
    _settings()
    _django()
    from xiuhua import rejections

    with _plainly(*rejections.errors()):
        rejections.app(args=context.args, prog_name="xiuhua rejected")


@app.command(add_help_option=False, context_settings=HANDED_ON)
def log(context: typer.Context) -> None:
    """Say how the log stands, and decide about readers and clock; see its own --help."""
    _settings()
    _django()
    from xiuhua import logbook

    with _plainly():
        logbook.app(args=context.args, prog_name="xiuhua log")


@app.command(add_help_option=False, context_settings=HANDED_ON)
def history(context: typer.Context) -> None:
    """Check history and the proofs of what was deleted; see its own --help."""
    _settings()
    _django()
    from xiuhua import keeping

    with _plainly():
        keeping.app(args=context.args, prog_name="xiuhua history")


@app.command(add_help_option=False, context_settings=HANDED_ON)
def replay(context: typer.Context) -> None:
    """Say what changed rules would have done with the past; see its own --help."""
    settings = _settings()
    _django()
    from xiuhua import replaying

    house = replaying.house(settings.home, _log_of(settings), settings.history_root)
    with _plainly(*replaying.errors()):
        replaying.app(args=context.args, prog_name="xiuhua replay", obj=house)


@app.command()
def trial(row: Annotated[int, typer.Argument(help="Row of the trial.")]) -> None:
    """Try a rule on the past for the page that asked for it; the page starts this itself."""
    settings = _settings()
    _django()
    from xiuhua import replaying, trials

    house = replaying.house(settings.home, _log_of(settings), settings.history_root)
    trials.run(row, house)


@app.command()
def detect(
    file: Annotated[Path, typer.Argument(help="CSV of timestamp,value; - for standard input.")],
    out: Annotated[Path | None, typer.Option(help="Write there instead of to the screen.")] = None,
) -> None:
    """Score how unusual each reading of any series is, 0 to 1, by the readings before it.

    Prints timestamp,value,score: a row for each row of the file, in order.
    """
    from xiuhua import detection

    with _plainly(detection.UnreadableSeries):
        for sentence in detection.detect(file, out, sys.stdout, sys.stdin.buffer).sentences():
            typer.echo(sentence, err=True)


@app.command()
def demo(
    began: Annotated[float, typer.Option(help="Epoch seconds to time the first alert from.")] = 0,
) -> None:
    """Run the pilot neighbourhood live with its simulator, in var/demo, until Ctrl-C."""
    at_start = time.time()
    os.environ |= DEMO_SETTINGS
    settings = _settings()
    _require_free_ports(settings)
    from xiuhua import demo as show
    from xiuhua import supervisor

    print("绣花 Xiuhua: 正在载入演示数据 loading the pilot neighbourhood …", flush=True)
    _migrate()
    from xiuhua.city.pilot import load_pilot

    with _plainly(show.PageSilent):
        loaded = load_pilot(PILOT, now=datetime.now(UTC), demo=True)
        guide = show.Guide(
            address=f"http://{settings.host}:{settings.web_port}",
            logins=loaded.logins,
            logins_file=settings.home / "demo" / "logins.csv",
            began=began or at_start,
            what_began="make demo" if began else "xiuhua demo",
        )
        programs = [
            *supervisor.house(),
            show.simulator(settings.host, settings.mqtt_port, settings.home / "demo"),
        ]
        code = supervisor.run(programs, beside=guide.accompany)
    raise typer.Exit(code)


@app.command(add_help_option=False, context_settings=HANDED_ON)
def manage(context: typer.Context) -> None:
    """Run one of Django's own commands, such as `changepassword NAME`."""
    _settings()
    _django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["xiuhua manage", *context.args])


@app.command()
def migrate() -> None:
    """Make or renew the tables of the rooms' database; again does no harm."""
    _settings()
    _migrate()


@app.command()
def doctor() -> None:
    """Say what is wrong with this set-up and what to do; exits with 1 if there is an error."""
    from xiuhua import doctor as surgery

    settings = _settings()
    _django()
    setup = surgery.Setup(
        home=settings.home, database=settings.database, log=_log_of(settings), host=settings.host,
        ports=_ports(settings), https=settings.https, demo=settings.demo, tls=settings.tls_files,
        disk_warn=settings.disk_warn_mb << 20, disk_stop=settings.disk_stop_mb << 20,
        log_days=settings.log_days, log_bytes=settings.log_mb << 20,
    )  # fmt: skip
    raise typer.Exit(1 if surgery.report(setup, print) else 0)


@app.command()
def settings() -> None:
    """Print every setting with its default, and what stands in the environment now."""
    from xiuhua.config import described, shown

    for variable, default, meaning in described():
        print(f"{variable} = {shown(variable, default)}\n    {meaning}")


@app.command(add_help_option=False, context_settings=HANDED_ON)
def simulate(context: typer.Context) -> None:
    """Play a neighbourhood of sensors, or a recorded series, to the doors; see its own --help."""
    from xiuhua.simulator.app import app as simulator

    simulator(args=context.args, prog_name="xiuhua simulate")


def _settings() -> Config:
    """The settings, with a plain sentence where one cannot be read."""
    from pydantic import ValidationError

    from xiuhua.config import config

    try:
        return config()
    except ValidationError as error:
        wrong = "; ".join(f"XIUHUA_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        typer.echo(f"A setting cannot be read. {wrong}. See: xiuhua settings", err=True)
        raise typer.Exit(2) from None


@contextmanager
def _plainly(*further: type[Exception]) -> Iterator[None]:
    """What can go wrong with a set-up is said in a sentence, without a traceback."""
    from xiuhua.engine.errors import RuleError, SnapshotRefused
    from xiuhua.gateway.ports import Unavailable
    from xiuhua.log.base import LogUnavailable
    from xiuhua.neighbourhood import PilotError
    from xiuhua.runners.ports import Fenced

    known: tuple[type[Exception], ...] = (
        Fenced, LogUnavailable, OSError, PilotError, RuleError, SnapshotRefused, Unavailable,
    )  # fmt: skip
    try:
        yield
    except known + further as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _log_of(settings: Config) -> str:
    return settings.log or str(settings.home / "log.db")


def _require_free_ports(settings: Config) -> None:
    from xiuhua.listening import PortTaken, require_free

    try:
        require_free(settings.host, _ports(settings))
    except PortTaken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _ports(settings: Config) -> dict[str, int]:
    secured = {
        "XIUHUA_MQTTS_PORT": settings.mqtts_port, "XIUHUA_HTTPS_PORT": settings.https_port,
    }  # fmt: skip
    return (secured if settings.tls_cert else {}) | {
        "XIUHUA_WEB_PORT": settings.web_port,
        "XIUHUA_MQTT_PORT": settings.mqtt_port,
        "XIUHUA_HTTP_PORT": settings.http_port,
    }


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiuhua.city.settings")
    import django

    django.setup()


def _migrate() -> None:
    _django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
