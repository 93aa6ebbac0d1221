"""`xiuhua …`: every command of the house, and the one place where ports are joined to rooms.

What a command needs is imported inside it, so that `xiuhua --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from xiuhua.config import Config
    from xiuhua.supervisor import Program

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="绣花 Xiuhua: from a sensor's word to a verified closure.",
)
load = typer.Typer(no_args_is_help=True, help="Bring data in.")
app.add_typer(load, name="load")

PILOT = Path(__file__).parents[2] / "pilot"


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
    raise typer.Exit(supervisor.run(_house()))


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
        home=settings.home,
        database=settings.database,
        log=_log_of(settings),
        host=settings.host,
        ports=_ports(settings),
        https=settings.https,
        demo=settings.demo,
    )
    found = surgery.examine(setup)
    for finding in found:
        print(f"{finding.id} {finding.weight}: {finding.what}\n    {finding.hint}")
    errors = sum(finding.weight == "error" for finding in found)
    print(f"{len(surgery.CHECKS)} checks, {errors} errors, {len(found) - errors} other findings.")
    raise typer.Exit(1 if errors else 0)


@app.command()
def settings() -> None:
    """Print every setting with its default, and what stands in the environment now."""
    for name, default, meaning in settings_table():
        variable = name.strip("`")
        print(f"{variable} = {_shown(variable, default)}\n    {meaning}")


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def simulate(context: typer.Context) -> None:
    """Play a neighbourhood of sensors, or a recorded series, to the doors; see its own --help."""
    from xiuhua.simulator.app import app as simulator

    simulator(args=context.args, prog_name="xiuhua simulate")


def settings_table() -> Iterator[tuple[str, str, str]]:
    """Each setting: its variable, its default, what it is."""
    from xiuhua.config import Config

    for name, field in Config.model_fields.items():
        default = f"`{field.default}`" if str(field.default) else ""
        yield f"`XIUHUA_{name.upper()}`", default, field.description or ""


def _shown(variable: str, default: str) -> str:
    """A setting as it may be shown: addresses of databases and channels hold passwords."""
    value = os.environ.get(variable)
    if value is None:
        return default.strip("`") or "(empty)"
    return "(set)" if "://" in value else value


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


def _log_of(settings: Config) -> str:
    return settings.log or str(settings.home / "log.db")


def _house() -> list[Program]:
    """The four processes. The gateway ends last, so that devices are heard as long as possible."""
    from xiuhua.supervisor import Program

    def program(name: str, ends: int) -> Program:
        return Program(name=name, argv=[sys.executable, "-m", "xiuhua", name], ends=ends)

    return [program("gateway", 2), program("worker", 1), program("web", 1), program("clock", 1)]


def _require_free_ports(settings: Config) -> None:
    from xiuhua.listening import PortTaken, require_free

    try:
        require_free(settings.host, _ports(settings))
    except PortTaken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _ports(settings: Config) -> dict[str, int]:
    return {
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
