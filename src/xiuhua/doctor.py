"""What is wrong with a set-up, and what to do: `xiuhua doctor`. Each check is one function with an
id of its own; it yields what it found and nothing where all is well."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from xiuhua import disks, listening, sqlite
from xiuhua.epoch import SHANGHAI, moment, now_ms

Weight: TypeAlias = Literal["error", "warning", "note"]
"""An error keeps the house from working or from keeping its word; a note matters to tests only."""

GIB = 1 << 30
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What the checks look at: the settings as plain values."""

    home: Path
    database: str
    log: str
    host: str
    ports: dict[str, int]
    https: bool
    demo: bool
    disk_warn: int = 10 * GIB
    disk_stop: int = GIB // 2
    log_days: int = 30
    log_bytes: int = 20_000 << 20


@dataclass(frozen=True)
class Finding:
    """Something found: how bad, what is wrong, what to do about it."""

    weight: Weight
    what: str
    hint: str
    id: str = ""


Check: TypeAlias = Callable[[Setup], Iterator[Finding]]

CHECKS: dict[str, Check] = {}


def check(number: str) -> Callable[[Check], Check]:
    """Register a check under its id; raises ValueError for one that is taken."""

    def register(function: Check) -> Check:
        if number in CHECKS:
            raise ValueError(f"check {number} is registered twice")
        CHECKS[number] = function
        return function

    return register


def examine(setup: Setup, only: Iterable[str] = ()) -> list[Finding]:
    """Run the checks (all, or those of these ids) in the order of their ids."""
    wanted = set(only) or set(CHECKS)
    return [
        replace(found, id=number)
        for number, function in sorted(CHECKS.items())
        if number in wanted
        for found in function(setup)
    ]


def report(setup: Setup, say: Callable[[str], object]) -> int:
    """Run every check and say what was found; how many errors there are."""
    found = examine(setup)
    for finding in found:
        say(f"{finding.id} {finding.weight}: {finding.what}\n    {finding.hint}")
    errors = sum(finding.weight == "error" for finding in found)
    say(f"{len(CHECKS)} checks, {errors} errors, {len(found) - errors} other findings.")
    return errors


# ── the machine ─────────────────────────────────────────────────────────────────────────────────


@check("X01")
def sqlite_is_safe(_: Setup) -> Iterator[Finding]:
    """SQLite is new enough to keep commits when two processes write."""
    if (found := sqlite.version()) < sqlite.OLDEST_SAFE:
        yield Finding(
            "error",
            f"SQLite {_dotted(found)}: before {_dotted(sqlite.OLDEST_SAFE)} commits can be lost.",
            "Install what is pinned: make setup.",
        )


@check("X02")
def home_can_be_written(setup: Setup) -> Iterator[Finding]:
    """HOME exists, or can be made, and takes a file."""
    probe = setup.home / f".doctor-{time.time_ns()}"
    try:
        setup.home.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield Finding(
            "error",
            f"{setup.home} cannot be written: {error.strerror}.",
            "Give it to the account that runs xiuhua (chown), or set XIUHUA_HOME elsewhere.",
        )


@check("X03")
def home_is_on_a_real_disk(setup: Setup) -> Iterator[Finding]:
    """What is committed survives a power cut, and SQLite's WAL finds the locks it needs."""
    kind = disks.filesystem(setup.home, Path("/proc/mounts").read_text())
    if kind in {"tmpfs", "ramfs"}:
        yield Finding(
            "error",
            f"{setup.home} lies in memory ({kind}): all of it is gone with the next restart.",
            "Set XIUHUA_HOME to a folder on a disk.",
        )
    if kind in {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "vboxsf"} and not setup.database:
        yield Finding(
            "error",
            f"{setup.home} lies on a network ({kind}), where SQLite's write-ahead log is not safe.",
            "Set XIUHUA_HOME to a local disk, or use PostgreSQL: docs/guide/postgresql.md.",
        )
    if kind == "overlay":
        yield Finding(
            "warning",
            f"{setup.home} lies in a container's own layer: it is gone with the container.",
            "Mount a volume there.",
        )


@check("X04")
def disk_has_room(setup: Setup) -> Iterator[Finding]:
    """There is room for the log and history to grow."""
    free = shutil.disk_usage(disks.existing(setup.home)).free
    if free < setup.disk_warn:
        stop = f"below {setup.disk_stop >> 20} MiB (XIUHUA_DISK_STOP_MB) the doors take nothing."
        yield Finding(
            "error" if free < setup.disk_stop else "warning",
            f"{free / GIB:.1f} GiB are free at {setup.home}; {stop}",
            "Free some space, keep less (XIUHUA_LOG_DAYS, XIUHUA_LOG_MB), or take a larger disk.",
        )


@check("X05")
def keys_are_private(setup: Setup) -> Iterator[Finding]:
    """Nobody but their owner can read the installation's keys."""
    folder = setup.home / "keys"
    if not folder.is_dir():
        return
    for path in (folder, *sorted(folder.iterdir())):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "error",
                f"{path} can be read by others.",
                f"chmod {'700' if path.is_dir() else '600'} {path}",
            )


@check("X06")
def ports_are_free_or_ours(setup: Setup) -> Iterator[Finding]:
    """Nobody else listens where we would."""
    for name, port in setup.ports.items():
        if listening.is_free(setup.host, port):
            continue
        holder = listening.holder(port)
        if holder is None or "xiuhua" not in holder.command:
            yield Finding(
                "error",
                f"Port {port} is taken by {holder or 'a process we cannot see'}.",
                f"End it, or set {name} to another port.",
            )


# ── what is stored ──────────────────────────────────────────────────────────────────────────────


@check("X10")
def database_is_up_to_date(_: Setup) -> Iterator[Finding]:
    """The rooms' database answers and has every table that the code expects."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(
            "error",
            f"The rooms' database does not answer: {str(error).strip().partition(chr(10))[0]}",
            "Start it, and look at XIUHUA_DATABASE (empty: SQLite in HOME).",
        )
        return
    if missing:
        yield Finding(
            "error",
            f"{len(missing)} migrations are not applied, the first {missing[0][0]}.",
            "Run: xiuhua migrate",
        )


@check("X11")
def log_answers_and_is_sound(setup: Setup) -> Iterator[Finding]:
    """The log can be read; nothing in it is damaged, no reader holds it up, its clock is right."""
    from xiuhua.city.road import health
    from xiuhua.log.base import LogUnavailable
    from xiuhua.log.database import open_reader

    limits = health.Limits(
        keep_ms=setup.log_days * 86_400_000, keep_bytes=setup.log_bytes, disk_warn=0, disk_stop=0,
        folder=None,
    )  # fmt: skip
    try:
        with open_reader(setup.log) as reader:
            found = health.examine(reader, limits, now_ms())
    except LogUnavailable as error:
        found = health.Health(troubles=(health.no_log(error),))
    for trouble in found.troubles:
        yield Finding(trouble.weight, trouble.en, trouble.todo_en)
    behind = found.at - now_ms()
    if behind > 5_000 and not any(trouble.part == "clock" for trouble in found.troubles):
        yield Finding(
            "error",
            f"This machine's clock is {behind // 1000} s behind the newest record of the log.",
            "Set the clock (timedatectl, chrony): log time never runs back.",
        )


@check("X13")
def log_stands_the_loss_of_a_node(setup: Setup) -> Iterator[Finding]:
    """A log on NATS has three copies, and all of them keep up."""
    if not setup.log.startswith(("nats://", "tls://")):
        return
    from xiuhua.log import jetstream
    from xiuhua.log.base import LogUnavailable

    try:
        doubts = jetstream.doubts(setup.log)
    except LogUnavailable:  # X11 says it
        return
    for doubt in doubts:
        yield Finding(
            "warning",
            f"On the NATS cluster {doubt}.",
            "Look at the nodes (nats-server's log); see docs/guide/nats.md.",
        )


@check("X14")
def bridges_bring_what_they_should(setup: Setup) -> Iterator[Finding]:
    """Every bridge that was not told to end runs, hears its broker and reaches our door."""
    from xiuhua.bridge import status

    for each in status.read_all(setup.home / "bridge"):
        if trouble := status.trouble(each, now_ms()):
            yield Finding(
                "warning",
                trouble,
                "Start it (xiuhua bridge FILE), or remove its file from HOME/bridge if it is gone.",
            )


# ── what is built ───────────────────────────────────────────────────────────────────────────────


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


# ── what would be dangerous ─────────────────────────────────────────────────────────────────────


@check("X30")
def demo_people_only_in_a_demo(setup: Setup) -> Iterator[Finding]:
    """Log-ins that everybody knows exist in a demo only."""
    from django.db import DatabaseError

    from xiuhua.city.staff import queries

    try:
        known = queries.demo_accounts()
    except DatabaseError:  # X10 says it
        return
    if known and not setup.demo:
        yield Finding(
            "error",
            f"{known} demo accounts, whose passwords are published, can log in here.",
            "Use a home that was never a demo's, or set XIUHUA_DEMO=1 if this is one.",
        )


@check("X31")
def secrets_are_our_own(_: Setup) -> Iterator[Finding]:
    """The pages are signed with a key made here, and errors show nothing to strangers."""
    from django.conf import settings

    if len(settings.SECRET_KEY) < 50 or "insecure" in settings.SECRET_KEY:
        yield Finding(
            "error",
            "The key that signs log-ins is weak.",
            "Move HOME/keys/django away; a new one is made, and everybody logs in again.",
        )
    if settings.DEBUG or "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            "error",
            "The pages show their insides to strangers, or answer to any host name.",
            "Leave DEBUG off, and name the hosts in XIUHUA_ALLOWED_HOSTS.",
        )


@check("X32")
def passwords_travel_covered(setup: Setup) -> Iterator[Finding]:
    """Pages that others can reach are reached by https."""
    if setup.host not in {"127.0.0.1", "::1", "localhost"} and not setup.https:
        yield Finding(
            "warning",
            f"The pages listen on {setup.host} without https: passwords can be read on the way.",
            "Put a TLS proxy in front and set XIUHUA_HTTPS=1.",
        )


# ── what only tests need ────────────────────────────────────────────────────────────────────────


@check("X40")
def tests_find_their_programs(_: Setup) -> Iterator[Finding]:
    """`make test` finds a browser, a database server, MQTT clients and strace."""
    servers = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    absent = {
        "chromium": not shutil.which("chromium"),
        "postgresql": not shutil.which("initdb") and not any(servers),
        "mosquitto": not (shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").is_file()),
        "mosquitto-clients": not shutil.which("mosquitto_pub"),
        "strace": not shutil.which("strace"),
    }
    if missing := [name for name, gone in absent.items() if gone]:
        yield Finding(
            "note",
            f"Not installed, needed by make test alone: {', '.join(missing)}.",
            f"apt-get install {' '.join(missing)}",
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
