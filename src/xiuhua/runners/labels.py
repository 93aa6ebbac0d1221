"""Labels: the simulator's ground truth from a file, or what people found of lived alerts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import msgspec

from .scoring import Label, Labels
from .sources import NothingToReplay


class _Fact(msgspec.Struct):
    """A line of `simulator.truth`; faults have a sort of their own and are passed over."""

    sort: str
    incident: str = ""
    zh: str = ""
    en: str = ""
    lookalike: bool = False
    place: str = ""
    devices: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    expected: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


_decode = msgspec.json.Decoder(_Fact).decode


def read(path: Path) -> Labels:
    """What happened, by a file of ground truth. Raises NothingToReplay for one that is none."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise NothingToReplay(f"The labels {path} cannot be read: {error.strerror}.") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            fact = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NothingToReplay(
                f"The labels {path}, line {number}, are no ground truth ({error}); "
                "nothing was replayed. Take a file that xiuhua simulate --truth wrote."
            ) from error
        if fact.sort == "incident":
            found.append(_label(fact))
    return Labels(tuple(found), complete=True)


class Verdict(Protocol):
    """An alert that was lived, and whether somebody found it true; `end` None: it is up."""

    @property
    def rule(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int | None: ...
    @property
    def true(self) -> bool: ...


def of_verdicts(verdicts: Iterable[Verdict]) -> Labels:
    """What people found: each verdict speaks of its own rule, subject and time, and of nothing
    else; so recall is of what was found true, and the seconds count from the lived alert on."""
    return Labels(
        tuple(
            Label(
                kind=one.rule, zh=one.zh, en=one.en, start=one.start,
                end=one.start if one.end is None else one.end, expected=frozenset({one.rule}),
                subjects=frozenset({one.subject}), true=one.true,
            )
            for one in verdicts
        ),
        complete=False,
    )  # fmt: skip


def _label(fact: _Fact) -> Label:
    return Label(
        kind=fact.incident,
        zh=fact.zh,
        en=fact.en,
        start=fact.start,
        end=fact.end,
        expected=frozenset(fact.expected),
        also=frozenset(fact.also),
        subjects=frozenset(fact.devices),
        place=fact.place,
        true=not fact.lookalike,
    )
