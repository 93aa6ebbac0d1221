"""The machine: its SQLite, disk, keys, ports, certificate."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from xiuhua import disks, listening, sqlite
from xiuhua.epoch import moment, now_ms
from xiuhua.gateway.tls import Tls

from .checks import GIB, Finding, Setup, check, dotted


@check("X01")
def sqlite_is_safe(_: Setup) -> Iterator[Finding]:
    """SQLite is new enough to keep commits when two processes write."""
    if (found := sqlite.version()) < sqlite.OLDEST_SAFE:
        yield Finding(
            "error",
            f"SQLite {dotted(found)}: before {dotted(sqlite.OLDEST_SAFE)} commits can be lost.",
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
    if free < max(setup.disk_warn, setup.disk_stop):
        stop = f"below {setup.disk_stop >> 20} MiB (XIUHUA_DISK_STOP_MB) the doors take nothing."
        yield Finding(
            "error" if free < setup.disk_stop else "warning",
            f"{free / GIB:.1f} GiB are free at {setup.home}; {stop}",
            "Free some space, keep less (XIUHUA_LOG_DAYS, XIUHUA_LOG_MB), or set XIUHUA_HOME to a "
            "larger disk.",
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


@check("X07")
def certificate_is_good(setup: Setup) -> Iterator[Finding]:
    """The MQTT door's certificate can be used, belongs to its key, and lasts."""
    if setup.tls is None:
        return
    try:
        tls = Tls(*setup.tls)
        tls.context()
        cert = x509.load_pem_x509_certificate(tls.cert.read_bytes())
        open_to_others = stat.S_IMODE(tls.key.stat().st_mode) & 0o077
    except (OSError, ValueError) as error:
        yield Finding(
            "error",
            f"The MQTT door's certificate cannot be used: {error}",
            "Look at XIUHUA_TLS_CERT, XIUHUA_TLS_KEY and XIUHUA_TLS_CLIENT_CA.",
        )
        return
    if open_to_others:
        yield Finding("error", f"{tls.key} can be read by others.", f"chmod 600 {tls.key}")
    left = cert.not_valid_after_utc - moment(now_ms())
    if left < timedelta(days=30):
        yield Finding(
            "error" if left < timedelta(0) else "warning",
            f"The MQTT door's certificate ends on {cert.not_valid_after_utc:%Y-%m-%d}.",
            "Put a new one in its place and start the gateway anew.",
        )
