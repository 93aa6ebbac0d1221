"""Cuts the power at every write and every sync that SQLite makes while the log is appended to.

Run as `python -m tests.chaos.powercut --appends 400 --states 6`; prints what was found, with
`--json` as one line of JSON; exits with 1 if anything acknowledged was lost, halved or misplaced.

How: a VFS of our own (apsw) writes down every write, truncation, sync and deletion of one run of
the log's real code with the log's real settings, and every acknowledgement between them. At each
point of that account the disk is then put together as a power cut may have left it: what was synced
is there; of what was not, nothing, all, or any part, in any order, torn at sectors of 512 bytes.
The product's own reader and appender (pysqlite3) open each of these disks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import apsw
import pysqlite3.dbapi2 as sqlite3

from xiuhua.engine.records import Control, Data, Record
from xiuhua.log.base import Entry, LogUnavailable, Rejected
from xiuhua.log.database import DatabaseLog, Log, open_log, prepare
from xiuhua.log.sql import Cursor, Session, Value
from xiuhua.log.sqlite import PRAGMAS, Sqlite

SECTOR = 512
NOON = 1_780_000_000_000
VFS = "account"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a file, or an acknowledgement (then `offset` is how many entries
    were acknowledged by then)."""

    what: str
    file: str = ""
    offset: int = 0
    data: bytes = b""


class Account(apsw.VFS):
    """Passes everything on to the system, and writes down what changes a file."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        super().__init__(VFS, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.events.append(Event("delete", Path(filename).name, int(syncdir)))


class _File(apsw.VFSFile):
    def __init__(
        self, account: Account, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._events = account.events
        full = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._name = Path(full).name
        if not Path(full).exists():
            self._events.append(Event("create", self._name))
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._events.append(Event("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._events.append(Event("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._events.append(Event("sync", self._name))


class _Rows:
    """What `Session` needs of a cursor."""

    def __init__(self, rows: list[tuple[Any, ...]], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


class _ApswSession(Session):
    """The log's session, on apsw and our VFS, with the settings that the product has."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        self._connection = apsw.Connection(str(path), vfs=VFS)
        # Without it WAL asks the VFS for shared memory, which no VFS in Python can give. It changes
        # where the index of the WAL lies (never on disk), not what is written or synced.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        for pragma in pragmas:
            self._connection.execute(f"PRAGMA {pragma}").fetchall()

    def run(self, sql: str, values: Sequence[Value] = ()) -> Cursor:
        rows = self._connection.execute(sql, tuple(values)).fetchall()
        return _Rows(rows, self._connection.changes())

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._connection.executemany(sql, list(map(tuple, rows)))

    def close(self) -> None:
        self._connection.close()


class _ApswSqlite(Sqlite):
    errors = (apsw.Error,)

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        super().__init__(path)
        self._pragmas = pragmas

    def connect(self) -> Session:
        return _ApswSession(self.path, self._pragmas)


def entry(number: int) -> Entry:
    """An entry of some readings; at times with a control and rejected messages, which must come and
    go with it. At times it is large, so that checkpoints have something to do."""
    size = 40 if number % 7 == 3 else 1 + number % 3
    line = b'{"device":"tl04-smoke-%04d","time":%d,"battery":%d.0}\n'
    lines = [line % (n, NOON + number, n % 4) for n in range(size)]
    controls = [(f"change-{number}", b'{"type":"x"}')] if number % 3 == 0 else []
    refused = [
        Rejected(NOON, "mqtt", "gw", "d", "unreadable", f"{number}", ("time",), b"?" * 50)
        for _ in range(number % 2)
    ]
    return Entry(size, b"".join(lines), controls, refused)


def account_of(folder: Path, appends: int, pragmas: Sequence[str]) -> list[Event]:
    """Everything that happens to the files while entries 1 to `appends` are appended."""
    vfs = Account()
    try:
        log = DatabaseLog(prepare(_ApswSqlite(folder / "log.db", pragmas)))
        for number in range(1, appends + 1):
            log.append(entry(number), NOON + number)
            vfs.events.append(Event("ack", offset=number))
        log.close()
    finally:
        vfs.unregister()
    return vfs.events


Image = dict[str, bytearray]


class Disk:
    """The disk as the account goes on: what is safe, and what would be lost or torn by a cut.

    With the first sync of a new journal or WAL, SQLite syncs the folder: that the files of it are
    there, and that others are gone, is safe from then on. The strace test sees it do so.
    """

    def __init__(self) -> None:
        self.safe: Image = {}
        self.new: set[str] = set()
        self.pending: list[Event] = []
        self.acknowledged = 0

    def take(self, event: Event) -> None:
        if event.what == "ack":
            self.acknowledged = event.offset
        elif event.what == "sync":
            self._settle(event.file, folder=event.file in self.new)
            self.safe.setdefault(event.file, bytearray())
            self.new.discard(event.file)
        else:
            self.pending.append(event)
            if event.what == "create" and event.file.endswith(("-wal", "-journal")):
                self.new.add(event.file)
            if event.what == "delete" and event.offset:  # the folder was synced with it
                self._settle(event.file, folder=True)

    def _settle(self, file: str, *, folder: bool) -> None:
        def settled(event: Event) -> bool:
            return event.file == file or (folder and event.what == "delete")

        apply(self.safe, filter(settled, self.pending))
        self.pending = [event for event in self.pending if not settled(event)]

    def cuts(self, states: int, dice: random.Random) -> Iterator[Image]:
        """Disks that a cut may leave now: nothing of what pends, all of it, the newest alone, all
        but the newest, then chance."""
        pending = self.pending
        yield self._with([])
        if not pending:
            return
        yield from map(self._with, (pending, pending[-1:], pending[:-1])[: states - 1])
        for _ in range(states - 4):
            chosen = [each for each in pending if dice.random() < 0.6]
            yield self._with([torn(each, dice) for each in chosen])

    def _with(self, more: Iterable[Event]) -> Image:
        image = {name: bytearray(content) for name, content in self.safe.items()}
        apply(image, more)
        return image


def torn(event: Event, dice: random.Random) -> Event:
    """The write, at times with some of its sectors only: those from one on, or those up to one."""
    if event.what != "write" or len(event.data) <= SECTOR or dice.random() < 0.5:
        return event
    cut = dice.randrange(1, -(-len(event.data) // SECTOR)) * SECTOR
    if dice.random() < 0.5:
        return Event("write", event.file, event.offset, event.data[:cut])
    return Event("write", event.file, event.offset + cut, event.data[cut:])


def apply(image: Image, events: Iterable[Event]) -> None:
    """Let these things happen to the files."""
    for event in events:
        if event.what == "delete":
            image.pop(event.file, None)
            continue
        content = image.setdefault(event.file, bytearray())
        if event.what == "truncate":
            del content[event.offset :]
        elif event.what == "write":
            content.extend(bytes(max(0, event.offset - len(content))))
            content[event.offset : event.offset + len(event.data)] = event.data


@dataclass
class Found:
    """What a sweep found. A state is a disk that a cut may have left; `lost`, `half`, `gaps` and
    `corrupt` count states, and all must be 0."""

    sqlite_written_by: str = field(default_factory=apsw.sqlite_lib_version)
    sqlite_opened_by: str = sqlite3.sqlite_version
    appends: int = 0
    writes: int = 0
    syncs: int = 0
    cuts: int = 0
    states: int = 0
    acknowledged: int = 0
    lost: int = 0
    half: int = 0
    gaps: int = 0
    corrupt: int = 0

    @property
    def sound(self) -> bool:
        return not (self.lost or self.half or self.gaps or self.corrupt)


def sweep(
    appends: int, *, states: int, seed: int = 1, checkpoint: int | None = None,
    pragmas: Sequence[str] = PRAGMAS, told: Callable[[Found], object] = lambda _: None,
) -> Found:  # fmt: skip
    """Cut at every event of a run, leaving up to so many `states` of the disk each time.
    `checkpoint` pages of WAL make a checkpoint, where SQLite's own 1,000 are too many."""
    pragmas = [*pragmas, *([f"wal_autocheckpoint = {checkpoint}"] if checkpoint else [])]
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        folder = Path(made)
        (folder / "run").mkdir()
        events = account_of(folder / "run", appends, pragmas)
        found = Found(appends=appends, acknowledged=appends)
        found.writes = sum(event.what in {"write", "truncate"} for event in events)
        found.syncs = sum(event.what == "sync" for event in events)
        dice, disk, seen = random.Random(seed), Disk(), set[bytes]()
        expected = Expected(appends)
        for event in events:
            disk.take(event)
            found.cuts += 1
            for image in disk.cuts(states, dice):
                known = digest(image, disk.acknowledged)
                if known not in seen:
                    seen.add(known)
                    found.states += 1
                    judge(image, disk.acknowledged, folder / "cut", expected, found)
            told(found)
    return found


def digest(image: Image, acknowledged: int) -> bytes:
    """Tells one disk from another."""
    hashed = hashlib.blake2b(str(acknowledged).encode(), digest_size=16)
    for name, content in sorted(image.items()):
        hashed.update(f"{name} {len(content)}\n".encode())
        hashed.update(content)
    return hashed.digest()


class Expected:
    """What must stand in the log: after so many entries, which records and rejected messages."""

    def __init__(self, appends: int) -> None:
        self.records: list[Record] = []
        self.ends = [0]
        self.rejected = [0]
        for number in range(1, appends + 1):
            of, at = entry(number), NOON + number
            for id_, body in of.controls:
                self.records.append(Control(len(self.records) + 1, at, id_, body))
            self.records.append(Data(len(self.records) + 1, at, of.count, of.body))
            self.ends.append(len(self.records))
            self.rejected.append(self.rejected[-1] + len(of.rejected))


def judge(image: Image, acknowledged: int, folder: Path, expected: Expected, found: Found) -> None:
    """Open this disk as the product does after the power is back, and count what is wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    path = folder / "log.db"
    try:
        with open_log(path) as log:
            _judge(log, acknowledged, expected, found)
    except LogUnavailable:
        found.corrupt += 1
        return
    connection = sqlite3.connect(path)
    try:
        found.corrupt += connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
    finally:
        connection.close()


def _judge(log: Log, acknowledged: int, expected: Expected, found: Found) -> None:
    head, _ = log.head()
    records = log.read(0, limit=1_000_000, max_bytes=1 << 40)
    if head < expected.ends[acknowledged]:
        found.lost += 1
        return
    if [record.position for record in records] != list(range(1, head + 1)):
        found.gaps += 1
        return
    entries = expected.ends.index(head) if head in expected.ends else None
    whole = (
        entries is not None
        and entries <= acknowledged + 1
        and records == expected.records[:head]
        and not log.aside.stretches()
        and len(log.rejected.find(limit=1_000_000)) == expected.rejected[entries]
    )
    found.half += not whole
    found.gaps += log.append(Entry(1, b"x\n"), NOON) != head + 1


def main() -> None:
    asked = argparse.ArgumentParser(description="Cut the power at every write and sync.")
    asked.add_argument("--appends", type=int, default=400)
    asked.add_argument("--states", type=int, default=6, help="disks tried at each point, at most")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--checkpoint", type=int, help="pages of WAL that make a checkpoint")
    asked.add_argument("--json", action="store_true", help="one line of JSON")
    given = asked.parse_args()
    found = sweep(
        given.appends, states=given.states, seed=given.seed, checkpoint=given.checkpoint
    )  # fmt: skip
    say = sys.stdout.write
    if given.json:
        say(json.dumps({"what": "powercut", **asdict(found)}) + "\n")
    else:
        say(
            f"power cut at every one of {found.cuts:,} points ({found.writes:,} writes, "
            f"{found.syncs:,} syncs), {found.states:,} different disks after it\n"
            f"acknowledged {found.acknowledged:,}; disks with something lost {found.lost}, half "
            f"{found.half}, out of order {found.gaps}, corrupt {found.corrupt}\n"
            f"SQLite {found.sqlite_written_by} wrote, {found.sqlite_opened_by} opened\n"
        )
    sys.exit(0 if found.sound else 1)


if __name__ == "__main__":
    main()
