"""Saving and restoring the state, in chunks, so that only what changed is written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
import numpy as np

from xiuhua.kinds import kind

from .columns import Rows
from .control import Device
from .errors import SnapshotRefused
from .ledger import Ledger, Roster
from .machine import Open
from .rules import parse
from .running import Running
from .step import RELEASE, State


class _Clock(msgspec.Struct):
    release: str
    log: str
    position: int
    time: int
    unknown: int


class _Roster(msgspec.Struct):
    devices: list[Device]
    serving: list[bool]


class _Alerts(msgspec.Struct):
    open: dict[str, Open]
    last_start: dict[str, int]


class _Array(msgspec.Struct):
    type: str
    shape: list[int]
    body: bytes


class _Room(msgspec.Struct):
    rows: dict[str, _Array]
    newest: _Array
    remembered: _Array
    last: _Array
    late: int
    copies: int


class _Rule(msgspec.Struct):
    version: int
    text: str
    active: _Array
    logics: list[dict[str, _Array]]


T = TypeVar("T")

_pack = msgspec.msgpack.Encoder(order="deterministic").encode
_ROW = ("slot", "time", "arrival", "now", "position", "line", "digest", "values")


def save(state: State) -> dict[str, bytes]:
    """The whole state as named chunks; the same state gives the same bytes."""
    chunks = {"clock": _pack(_Clock(RELEASE, state.log, state.position, state.time, state.unknown))}
    for code, roster in state.ledger.rosters.items():
        chunks[f"ledger/{code}"] = _pack(_Roster(roster.devices, roster.serving))
    for name, members in state.ledger.lists.items():
        chunks[f"list/{name}"] = _pack(sorted(members))
    for code in state.rooms:
        chunks[f"room/{code}"] = _pack(_saved_room(state, code))
    for name, run in state.running.items():
        chunks[f"rule/{name}"] = _pack(_saved_rule(run))
    up = {"\n".join(key): alert for key, alert in state.alerts.open.items()}
    starts = {"\n".join(key): start for key, start in state.alerts.last_start.items()}
    chunks["alerts"] = _pack(_Alerts(up, starts))
    return chunks


def restore(chunks: Mapping[str, bytes]) -> State:
    """The state that `save` saved. Raises SnapshotRefused for another release's."""
    clock = _read(chunks["clock"], _Clock)
    if clock.release != RELEASE:
        raise SnapshotRefused(
            f"The worker's state was saved by engine release {clock.release}; this is release "
            f"{RELEASE}, which cannot read it. State and alerts stay as they are. "
            "Run the xiuhua that saved it."
        )
    state = State(clock.log)
    state.position, state.time, state.unknown = clock.position, clock.time, clock.unknown
    _restore_ledger(state.ledger, chunks)
    for name, body in _under("room/", chunks):
        _restore_room(state, name, _read(body, _Room))
    for name, body in _under("rule/", chunks):
        state.running[name] = _restored_rule(_read(body, _Rule), state.ledger)
    alerts = _read(chunks["alerts"], _Alerts)
    state.alerts.open = {_key(key): alert for key, alert in alerts.open.items()}
    state.alerts.last_start = {_key(key): start for key, start in alerts.last_start.items()}
    return state


def _under(prefix: str, chunks: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    return [(n.removeprefix(prefix), chunks[n]) for n in sorted(chunks) if n.startswith(prefix)]


def _key(text: str) -> tuple[str, str]:
    rule, subject = text.split("\n")
    return rule, subject


def _read(body: bytes, shape: type[T]) -> T:
    return msgspec.msgpack.decode(body, type=shape)


def _saved(array: np.ndarray) -> _Array:
    return _Array(array.dtype.str, list(array.shape), np.ascontiguousarray(array).tobytes())


def _restored(saved: _Array) -> np.ndarray:
    return np.frombuffer(saved.body, np.dtype(saved.type)).reshape(saved.shape).copy()


def _saved_room(state: State, code: str) -> _Room:
    room = state.rooms[code]
    return _Room(
        rows={name: _saved(getattr(room.rows, name)) for name in _ROW},
        newest=_saved(room.newest),
        remembered=_saved(room.remembered),
        last=_saved(state.last[code]),
        late=room.late,
        copies=room.copies,
    )


def _saved_rule(run: Running) -> _Rule:
    return _Rule(
        version=run.rule.version,
        text=run.rule.text,
        active=_saved(run.active),
        logics=[{n: _saved(a) for n, a in logic.arrays().items()} for logic in run.logics],
    )


def _restore_ledger(ledger: Ledger, chunks: Mapping[str, bytes]) -> None:
    for code, body in _under("ledger/", chunks):
        saved = _read(body, _Roster)
        slots = {device.id: slot for slot, device in enumerate(saved.devices)}
        ledger.rosters[code] = Roster(saved.devices, saved.serving, slots)
        for device, serving in zip(saved.devices, saved.serving, strict=True):
            if serving:
                ledger.kind_of[device.id] = code
    for name, body in _under("list/", chunks):
        ledger.lists[name] = set(_read(body, list[str]))


def _restore_room(state: State, code: str, saved: _Room) -> None:
    kind(code)
    room = state.room(code)
    room.rows = Rows(**{name: _restored(saved.rows[name]) for name in _ROW})
    room.newest, room.remembered = _restored(saved.newest), _restored(saved.remembered)
    room.late, room.copies = saved.late, saved.copies
    state.last[code] = _restored(saved.last)


def _restored_rule(saved: _Rule, ledger: Ledger) -> Running:
    (rule,) = parse(saved.text, version=saved.version)
    run = Running(rule)
    run.fit(ledger, 0)
    run.active[:] = _restored(saved.active)
    for logic, arrays in zip(run.logics, saved.logics, strict=True):
        logic.restore({name: _restored(array) for name, array in arrays.items()})
    return run
