"""`xiuhua …` as one calls it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.support.ports import free_ports
from tests.support.waiting import eventually
from xiuhua import cli
from xiuhua.commands import commands
from xiuhua.config import Config
from xiuhua.engine.errors import SnapshotRefused

ROOT = Path(__file__).parents[2]


def xiuhua(
    *words: str, home: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with a home and settings of its own."""
    return subprocess.run(
        [sys.executable, "-m", "xiuhua", *words],
        env=environment(home, **settings),
        capture_output=True,
        text=True,
        timeout=120,
    )


def environment(home: Path | None, **settings: str) -> dict[str, str]:
    """The environment without our tests' settings, but with these."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("XIUHUA_")}
    own = {f"XIUHUA_{name.upper()}": value for name, value in settings.items()}
    return bare | own | ({"XIUHUA_HOME": str(home)} if home else {})


def loaded(code: str, *heavy: str, home: Path | None = None) -> list[str]:
    """Which of these libraries a process has loaded once it has run that code."""
    code += f"; import sys; print(*[name for name in {heavy!r} if name in sys.modules])"
    argv = [sys.executable, "-c", code]
    ended = subprocess.run(argv, env=environment(home), capture_output=True, text=True, check=True)
    return ended.stdout.split()


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    assert loaded("import xiuhua.cli", "typer", "django", "numba") == ["typer"]
    help_ = xiuhua("--help").stdout
    assert [words[0] for words in commands() if words[0] not in help_] == []


def test_the_gateway_loads_neither_the_engines_libraries_nor_historys(tmp_path: Path) -> None:
    code = (
        "from xiuhua import cli; cli._django(); import xiuhua.gateway.service; "
        "import xiuhua.city.road.ports"
    )
    assert loaded(code, "django", "numba", "numpy", "polars", home=tmp_path) == ["django"]


def test_settings_shows_all_of_them_but_no_password() -> None:
    address = "postgresql://xiuhua:password@db.example.org/x"
    shown = xiuhua("settings", database=address, web_port="18080").stdout
    assert [name for name in Config.model_fields if f"XIUHUA_{name.upper()} = " not in shown] == []
    assert "XIUHUA_WEB_PORT = 18080" in shown
    assert "XIUHUA_DATABASE = (set)" in shown
    assert "password" not in shown


def test_a_setting_that_cannot_be_read_is_named() -> None:
    ended = xiuhua("migrate", web_port="eighty")
    assert ended.returncode == 2
    assert "XIUHUA_WEB_PORT: Input should be a valid integer" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_state_that_is_not_ours_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), cli._plainly():
        raise SnapshotRefused("The worker's state belongs to another log.")
    assert capsys.readouterr().err == "The worker's state belongs to another log.\n"


def test_simulate_shows_its_own_help() -> None:
    assert "xiuhua simulate [OPTIONS]" in xiuhua("simulate", "--help").stdout


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all its tables and nothing in them."""
    home = tmp_path_factory.mktemp("migrated")
    assert xiuhua("migrate", home=home).returncode == 0
    return home


def test_the_doctor_misses_the_tables_and_finds_them_once_they_are_made(
    tmp_path: Path, migrated: Path
) -> None:
    assert "not applied" in xiuhua("doctor", home=tmp_path).stdout
    examined = xiuhua("doctor", home=migrated)
    assert "X10" not in examined.stdout
    assert "X30" not in examined.stdout
    assert "checks" in examined.stdout


def test_up_on_a_taken_port_starts_nothing_and_names_the_taker(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = xiuhua("up", home=tmp_path / "home", mqtt_port=str(port))
    assert ended.returncode == 1
    assert f"Port {port} is taken by process {os.getpid()}" in ended.stderr
    assert "XIUHUA_MQTT_PORT=" in ended.stderr
    assert not (tmp_path / "home").exists()


def test_a_folder_that_is_no_pilot_is_refused(tmp_path: Path, migrated: Path) -> None:
    ended = xiuhua("load", "pilot", str(tmp_path), home=migrated)
    assert ended.returncode == 1
    assert "cannot be loaded; nothing was changed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_flag_is_put_up_and_down_by_its_name(migrated: Path) -> None:
    assert "rain is on" in xiuhua("flag", "rain", "on", home=migrated).stdout
    assert "nothing was changed" in xiuhua("flag", "rain", "on", home=migrated).stdout
    assert "rain is off" in xiuhua("flag", "rain", "off", home=migrated).stdout
    unknown = xiuhua("flag", "rian", "on", home=migrated)
    assert unknown.returncode == 1
    assert "there are: rain. Nothing was changed." in unknown.stderr


def test_nobody_unknown_gets_a_secret(migrated: Path) -> None:
    ended = xiuhua("secret", "tl04-smoke-0001", home=migrated)
    assert ended.returncode == 1
    assert "not in service in the ledger; nothing was changed" in ended.stderr


def test_in_a_new_home_it_is_said_what_to_run_first(tmp_path: Path) -> None:
    ended = xiuhua("secret", "tl04-smoke-0001", home=tmp_path)
    assert ended.returncode == 1
    assert "run `xiuhua migrate` first" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.slow
def test_the_demo_shows_an_alert_and_ends_cleanly(tmp_path: Path) -> None:
    """The whole house from one command: page, log-ins, first alert, Ctrl-C, nothing left."""
    web, mqtt, http = free_ports(3)
    ports = {"web_port": str(web), "mqtt_port": str(mqtt), "http_port": str(http)}
    said = tmp_path / "said"
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "xiuhua", "demo"],
            env=environment(None, **ports),
            cwd=tmp_path,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            eventually(
                lambda: (
                    "the first alert stood on the page" in said.read_text()
                    or process.poll() is not None
                ),
                240,
                every=0.5,
            )
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(90)
    shown = said.read_text()
    assert code == 0, shown[-4000:]
    assert f"http://127.0.0.1:{web}" in shown
    assert "duty_officer" in shown
    assert (tmp_path / "var/demo/demo/logins.csv").stat().st_mode & 0o077 == 0
    assert not left_over(tmp_path)


def left_over(folder: Path) -> list[str]:
    """Processes that still run in that folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found
