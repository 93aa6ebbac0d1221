"""Saving and restoring the state, in chunks, so that only what changed is written again.

Everything by device, by slot or by seat is cut into blocks (`blocks`), of which only those that
were written to since are made again; what is small is compared with what was saved last.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from xiuhua.kinds import kind

from . import blocks
from .blocks import Saved
from .columns import Rows
from .control import Device
from .errors import SnapshotRefused
from .joined import Joined, running_of
from .ledger import Ledger, Roster
from .machine import Held, Open
from .records import Millis
from .rules import parse
from .running import Running
from .step import READS, RELEASE, State
from .waiting import WaitingRoom


class _Release(msgspec.Struct):
    release: str


class _Clock(_Release):
    log: str
    position: int
    time: int
    edge: int
    unknown: int


class _Calendar(msgspec.Struct):
    holidays: list[int]
    workdays: list[int]
    flags: list[str]


class _Roster(msgspec.Struct):
    devices: list[Device]
    serving: list[bool]


class _Alerts(msgspec.Struct):
    open: dict[str, Open]
    last_start: dict[str, Millis]
    starts: dict[str, list[Millis]]
    held: dict[str, Held]
    storms: dict[str, dict[str, Millis]]


class _Room(msgspec.Struct):
    rows: dict[str, Saved]
    late: int
    copies: int


class _Run(msgspec.Struct):
    """Rules of one shape: (version, text) each; who sits where; what waits at the junction."""

    rules: list[tuple[int, str]]
    names: list[str]
    seats: int
    awake: bool
    codes: list[str]
    waiting: dict[str, dict[str, Saved]]


class _Chunk(NamedTuple):
    """`touched` says whether it must be made again; None: compare it."""

    name: str
    touched: bool | None
    make: Callable[[], bytes]


T = TypeVar("T")

_pack = msgspec.msgpack.Encoder(order="deterministic").encode
_ROW = ("slot", "time", "arrival", "now", "position", "line", "digest", "values")


def save(state: State) -> dict[str, bytes]:
    """The whole state as named chunks; the same state gives the same bytes."""
    return {chunk.name: chunk.make() for chunk in _chunks(state)}


def changed(state: State) -> dict[str, bytes | None]:
    """Those chunks that differ from what was saved: when this was last called, or what the state
    was restored from; None for one that is no more. A fresh state's are all there are."""
    found: dict[str, bytes | None] = {}
    names = set()
    for chunk in _chunks(state):
        names.add(chunk.name)
        if chunk.touched is False and chunk.name in state.saved:
            continue
        body = chunk.make()
        digest = _digest(body) if chunk.touched is None else b""
        if not digest or state.saved.get(chunk.name) != digest:
            found[chunk.name] = body
        state.saved[chunk.name] = digest
    for name in state.saved.keys() - names:
        found[name] = None
        del state.saved[name]
    for touched in _all_touched(state):
        touched.clear()
    return found


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def restore(chunks: Mapping[str, bytes]) -> State:
    """The state that `save` saved. Raises SnapshotRefused for another release's."""
    release = _read(chunks["clock"], _Release).release
    if release not in READS:
        raise SnapshotRefused(
            f"The worker's state was saved by engine release {release}; this is release "
            f"{RELEASE}, which cannot read it. State and alerts stay as they are. "
            "Run the xiuhua that saved it."
        )
    clock = _read(chunks["clock"], _Clock)
    state = State(clock.log)
    state.position, state.time, state.unknown = clock.position, clock.time, clock.unknown
    state.edge = clock.edge
    _restore_ledger(state.ledger, chunks)
    for code in sorted({name.split("/")[1] for name in chunks if name.startswith("room/")}):
        _restore_room(state, code, chunks)
    for name in sorted(n for n in chunks if n.startswith("run/") and n.endswith("/head")):
        _restore_run(state, name.removesuffix("/head"), chunks)
    _restore_alerts(state, _read(chunks["alerts"], _Alerts))
    state.saved = {name: _digest(body) for name, body in chunks.items()}
    for touched in _all_touched(state):
        touched.clear()
    return state


def _read(body: bytes, shape: type[T]) -> T:
    return msgspec.msgpack.decode(body, type=shape)


# What there is to save


def _all_touched(state: State) -> Iterator[blocks.Touched]:
    yield from (roster.touched for roster in state.ledger.rosters.values())
    yield from (room.touched for room in state.rooms.values())
    yield from (run.touched for run in state.runs.values())


def _chunks(state: State) -> Iterator[_Chunk]:
    clock = _Clock(RELEASE, state.log, state.position, state.time, state.edge, state.unknown)
    yield _Chunk("clock", None, lambda: _pack(clock))
    yield from _ledger_chunks(state.ledger)
    for code, room in state.rooms.items():
        yield from _room_chunks(state, code, room)
    for shape, run in state.runs.items():
        yield from _run_chunks(hashlib.blake2b(shape, digest_size=8).hexdigest(), run)
    yield _Chunk("alerts", None, lambda: _pack(_alerts(state)))


def _ledger_chunks(ledger: Ledger) -> Iterator[_Chunk]:
    calendar = _Calendar(
        sorted(ledger.calendar.holidays), sorted(ledger.calendar.workdays),
        sorted(ledger.calendar.flags),
    )  # fmt: skip
    yield _Chunk("calendar", None, lambda: _pack(calendar))
    yield _Chunk("places", None, lambda: _pack(ledger.places))
    for name, members in ledger.lists.items():
        yield _Chunk(f"list/{name}", None, lambda m=members: _pack(sorted(m)))  # type: ignore[misc]
    for code, roster in ledger.rosters.items():
        for block in range(blocks.count(len(roster.devices))):
            yield _Chunk(
                f"ledger/{code}/{block:05}", roster.touched.has(block),
                lambda r=roster, b=block: _pack(_roster(r, b)),  # type: ignore[misc]
            )  # fmt: skip


def _roster(roster: Roster, block: int) -> _Roster:
    part = slice(block * blocks.SIZE, (block + 1) * blocks.SIZE)
    return _Roster(roster.devices[part], roster.serving[part])


def _room_chunks(state: State, code: str, room: WaitingRoom) -> Iterator[_Chunk]:
    rows = {name: blocks.saved(getattr(room.rows, name)) for name in _ROW}
    head = _Room(rows, room.late, room.copies)
    yield _Chunk(f"room/{code}/head", None, lambda: _pack(head))
    tables = {"newest": room.newest, "remembered": room.remembered, "last": state.last[code].T}
    yield from _blocks(f"room/{code}", tables, room.touched)


def _run_chunks(name: str, run: Running) -> Iterator[_Chunk]:
    yield _Chunk(f"run/{name}/head", None, lambda: _pack(_head(run)))
    yield from _blocks(f"run/{name}", run.tables(), run.touched)


def _blocks(
    name: str, tables: Mapping[str, np.ndarray], touched: blocks.Touched
) -> Iterator[_Chunk]:
    rows = max((len(table) for table in tables.values()), default=0)
    for block in range(blocks.count(rows)):
        yield _Chunk(
            f"{name}/{block:05}", touched.has(block),
            lambda b=block: _pack({n: blocks.cut(t, b) for n, t in tables.items()}),  # type: ignore[misc]
        )  # fmt: skip


def _head(run: Running) -> _Run:
    waiting = run.junction.rows if isinstance(run, Joined) else {}
    return _Run(
        rules=[(rule.version, rule.text) for _, rule in sorted(run.rules.items())],
        names=run.seats.names,
        seats=len(run.seats),
        awake=run.awake,
        codes=run.codes_at if isinstance(run, Joined) else [],
        waiting={
            code: {name: blocks.saved(getattr(rows, name)) for name in _ROW}
            for code, rows in waiting.items()
        },
    )


def _alerts(state: State) -> _Alerts:
    alerts = state.alerts
    return _Alerts(
        open={_joined(key): up for key, up in alerts.open.items()},
        last_start={_joined(key): start for key, start in alerts.last_start.items()},
        starts={_joined(key): starts for key, starts in alerts.starts.items()},
        held={_joined(key): held for key, held in alerts.held.items()},
        storms={_joined(key): up for key, up in alerts.storms.children.items()},
    )


def _joined(key: tuple[str, str]) -> str:
    return "\n".join(key)


def _apart(text: str) -> tuple[str, str]:
    rule, subject = text.split("\n")
    return rule, subject


# And back


def _tables(name: str, chunks: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    """The arrays of all blocks under a name, joined."""
    found: dict[str, list[Saved]] = defaultdict(list)
    for chunk in sorted(c for c in chunks if c.startswith(f"{name}/") and c[-5:].isdigit()):
        for table, block in _read(chunks[chunk], dict[str, Saved]).items():
            found[table].append(block)
    return {table: blocks.joined(parts) for table, parts in found.items()}


def _restore_ledger(ledger: Ledger, chunks: Mapping[str, bytes]) -> None:
    calendar = _read(chunks["calendar"], _Calendar)
    ledger.calendar.holidays = frozenset(calendar.holidays)
    ledger.calendar.workdays = frozenset(calendar.workdays)
    ledger.calendar.flags = set(calendar.flags)
    ledger.places = _read(chunks["places"], dict[str, Mapping[str, float]])
    for name in sorted(chunks):
        sort, _, rest = name.partition("/")
        if sort == "list":
            ledger.lists[rest] = set(_read(chunks[name], list[str]))
        elif sort == "ledger":
            code = rest.rpartition("/")[0]
            saved = _read(chunks[name], _Roster)
            ledger.roster(code).restore(saved.devices, saved.serving)
            for device, serving in zip(saved.devices, saved.serving, strict=True):
                if serving:
                    ledger.kind_of[device.id] = code


def _restore_room(state: State, code: str, chunks: Mapping[str, bytes]) -> None:
    kind(code)
    saved = _read(chunks[f"room/{code}/head"], _Room)
    room = state.room(code)
    room.rows = Rows(**{name: blocks.restored(saved.rows[name]) for name in _ROW})
    room.late, room.copies = saved.late, saved.copies
    tables = _tables(f"room/{code}", chunks)
    if tables:
        room.newest, room.remembered = tables["newest"], tables["remembered"]
        state.last[code] = np.ascontiguousarray(tables["last"].T)


def _restore_run(state: State, name: str, chunks: Mapping[str, bytes]) -> None:
    head = _read(chunks[f"{name}/head"], _Run)
    rules = [rule for version, text in head.rules for rule in parse(text, version=version)]
    run = running_of(rules[0])
    for rule in rules:
        run.put(rule)
        state.rules[rule.id] = rule
    run.awake = head.awake
    if isinstance(run, Joined):
        run.codes_at = head.codes
        for code, rows in head.waiting.items():
            run.junction.rows[code] = Rows(**{n: blocks.restored(rows[n]) for n in _ROW})
    run.restore(head.names, _tables(name, chunks), state.ledger, state.time)
    state.runs[rules[0].shape] = run
    state.runs = dict(sorted(state.runs.items()))


def _restore_alerts(state: State, saved: _Alerts) -> None:
    alerts = state.alerts
    alerts.open = {_apart(key): up for key, up in saved.open.items()}
    alerts.last_start = {_apart(key): start for key, start in saved.last_start.items()}
    alerts.starts = {_apart(key): starts for key, starts in saved.starts.items()}
    alerts.held = {_apart(key): held for key, held in saved.held.items()}
    alerts.storms.children = {_apart(key): up for key, up in saved.storms.items()}
