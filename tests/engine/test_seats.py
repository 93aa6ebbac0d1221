"""Who sits where: random changes of ledger and rules against a model that works everything out
anew, through restarts; and what of the seats is saved."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiuhua.engine import blocks, control, snapshot
from xiuhua.engine.control import Device
from xiuhua.engine.ledger import subject_of
from xiuhua.engine.step import State, step

from .book import LOG, SECOND, Book, play, smoke

HEAD = """
[[rule]]
id = "{id}"
zh = "规则"
en = "Rule"
sentence.zh = "说明"
sentence.en = "why"
{head}
[rule.params]
limit = {limit}
{scope}
[[rule.level]]
level = "warn"
"""
SHAPES = {
    "device": (
        'kind = "smoke"',
        'operator = "threshold"\nwhen = "temperature > :limit"\nhold = "1s"\n',
    ),
    "flat": (
        'kinds = ["smoke", "arc"]\nsubject = "flat"',
        """operator = "together"
within = "9s"
[[rule.level.of]]
kind = "smoke"
when = "temperature > :limit"
[[rule.level.of]]
kind = "arc"
when = "arcs > 1"
""",
    ),
    "building": (
        'kind = "smoke"\nsubject = "building"',
        'operator = "crowd"\nfield = "temperature"\ncapacity = ":limit"\nhold = "500ms"\n',
    ),
    "site": (
        'kinds = ["arc", "smoke"]\nsubject = "site"',
        """operator = "silence"
after = "90s"
[[rule.level]]
level = "serious"
operator = "sequence"
within = "5s"
first = { kind = "smoke", when = "temperature > :limit" }
then = { kind = "arc", when = "arcs > 1" }
""",
    ),
}
"""By subject: what stands above the levels of such a rule, and its levels."""


@dataclass
class World:
    """The naive model: plain dictionaries, nothing kept that could be worked out."""

    devices: dict[str, Device] = field(default_factory=dict)
    rules: dict[str, tuple[str, float, dict[str, list[str]]]] = field(default_factory=dict)
    places: dict[str, dict[str, float]] = field(default_factory=dict)

    def covered(self) -> dict[tuple[str, str], float]:
        """The limit at each (rule, subject)."""
        found: dict[tuple[str, str], float] = {}
        for rule, (subject, limit, scope) in self.rules.items():
            for device in self.devices.values():
                code = subject_of(device, subject)  # type: ignore[arg-type]
                heard = device.kind == "smoke" or subject in ("flat", "site")
                if heard and code and self._in_scope(device, scope):
                    own = self._own(device, subject, rule)
                    found[rule, code] = limit if own is None else own
        return found

    @staticmethod
    def _in_scope(device: Device, scope: dict[str, list[str]]) -> bool:
        places = {device.place, device.flat, device.building, device.site}
        return (
            (not scope.get("tags") or bool(set(scope["tags"]) & set(device.tags)))
            and (not scope.get("places") or bool(set(scope["places"]) & places))
            and (not scope.get("sites") or device.site in scope["sites"])
            and (not scope.get("devices") or device.id in scope["devices"])
        )

    def _own(self, device: Device, subject: str, rule: str) -> float | None:
        chain = ["place", "flat", "building", "site"]
        chain = chain if subject == "device" else chain[chain.index(subject) :]
        holders = [self.places.get(getattr(device, place), {}) for place in chain]
        for params in [device.params, *holders] if subject == "device" else holders:
            for name in (f"{rule}.limit", "limit"):
                if name in params:
                    return params[name]
        return None


def rule_text(rule: str, subject: str, limit: float, scope: dict[str, list[str]]) -> str:
    said = "\n".join(f"{name} = {members!r}" for name, members in scope.items())
    head, level = SHAPES[subject]
    return HEAD.format(id=rule, head=head, limit=limit, scope=f"[rule.scope]\n{said}") + level


def some_device(dice: random.Random) -> Device:
    number = dice.randrange(7)
    site, block = f"s{dice.randrange(2)}", dice.randrange(2)
    building = f"{site}-b{block}" if dice.random() < 0.8 else ""
    flat = f"{building}-{dice.randrange(2)}" if building and dice.random() < 0.7 else ""
    limits = {"limit": 11.0}, {"r1.limit": 12.0, "limit": 13.0}, {}, {}
    return Device(
        id=f"d{number}", kind=("smoke", "smoke", "arc")[number % 3], site=site,
        place=flat or building or f"{site}-yard", building=building, flat=flat,
        tags=tuple(dice.sample(("a", "b"), dice.randrange(3))), params=dice.choice(limits),
    )  # fmt: skip


def some_scope(dice: random.Random) -> dict[str, list[str]]:
    choices: dict[str, list[str]] = {
        "tags": ["a", "b"], "sites": ["s0", "s1"], "places": ["s0-b0", "s1", "s0-b1-1"],
        "devices": ["d0", "d3", "d4"],
    }  # fmt: skip
    names = dice.sample(sorted(choices), dice.choice((0, 0, 1, 2)))
    return {name: sorted(dice.sample(choices[name], dice.choice((1, 2)))) for name in names}


def happens(world: World, book: Book, dice: random.Random, at: int) -> None:
    """One thing, in the world and in the book."""
    what = dice.random()
    if what < 0.3:
        device = some_device(dice)
        world.devices[device.id] = device
        book.devices(device, at=at)
    elif what < 0.38 and world.devices:
        gone = dice.choice(sorted(world.devices))
        del world.devices[gone]
        book.change(control.LedgerRemove((gone,)), at=at)
    elif what < 0.6:
        rules = {f"r{n}": (dice.choice(sorted(SHAPES)), dice.choice((1.0, 20.0)), some_scope(dice))
                 for n in dice.sample(range(5), dice.choice((1, 2)))}  # fmt: skip
        world.rules |= rules
        book.rules(*(rule_text(rule, *said) for rule, said in rules.items()), at=at)
    elif what < 0.66 and world.rules:
        gone = dice.choice(sorted(world.rules))
        del world.rules[gone]
        book.change(control.RulesRemove((gone, "nobody")), at=at)
    elif what < 0.76:
        place = dice.choice(("s0", "s0-b0", "s0-b0-0", "s1-b1", "s1-yard"))
        world.places[place] = dice.choice(({"limit": 14.0}, {"r2.limit": 15.0}, {}))
        book.change(control.PlacesSet((control.Place(place, world.places[place]),)), at=at)
    elif world.devices:
        said = dice.choice(sorted(world.devices))
        temperature = dice.choice((0, 12.5, 30))
        book.pack({"device": said, "temperature": temperature, "arcs": 2}, at=at)


def seated(state: State) -> dict[tuple[str, str], float]:
    """The limit at each seat that is taken; no rule and subject has two."""
    found: Counter[tuple[str, str]] = Counter()
    limits = {}
    for run in state.runs.values():
        for seat in run.seats.taken().nonzero()[0].tolist():
            key = run.seats.rule_at(seat), run.where(seat, state.ledger).subject
            found[key] += 1
            limits[key] = run.params_at(seat)["limit"]
            assert state.runs[state.rules[key[0]].shape] is run
    assert set(found.values()) <= {1}
    return limits


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_who_sits_where_is_what_the_model_says(seed: int) -> None:
    """After every change of ledger, rules and places, through restarts, where only what has changed
    is saved in blocks of two. A seat is taken again before a new one is made."""
    dice, world, state, kept = random.Random(seed), World(), State(LOG), dict[str, bytes]()
    most: Counter[bytes] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", 2)
        book = Book()
        for n in range(40):
            before, first = (
                len(book.records),
                {s: int(r.seats.taken().sum()) for s, r in state.runs.items()},
            )
            happens(world, book, dice, n * SECOND)
            state, _ = step(state, book.records[before:])
            assert seated(state) == world.covered()
            for shape, run in state.runs.items():
                taken = int(run.seats.taken().sum())
                most[shape] = max(most[shape], taken + first.get(shape, 0))
                assert len(run.seats) <= most[shape]
            if dice.random() < 0.5:
                for name, body in snapshot.changed(state).items():
                    kept.pop(name) if body is None else kept.update({name: body})
                assert kept == snapshot.save(state)
                if dice.random() < 0.5:
                    state = snapshot.restore(kept)
                    assert seated(state) == world.covered()
                    assert snapshot.save(state) == kept


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_restarts_and_blocks_change_no_alert(seed: int) -> None:
    """The same log, read with a restart after every few records and blocks of two, and at once."""
    dice, world, book = random.Random(seed), World(), Book()
    for n in range(60):
        happens(world, book, dice, n * SECOND)
    book.tick(at=200 * SECOND)
    expected = play(book)
    state, kept, got, at = State(LOG), dict[str, bytes](), [], 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", 2)
        while at < len(book.records):
            until = at + dice.randint(1, 6)
            state, changes = step(state, book.records[at:until])
            got += changes
            for name, body in snapshot.changed(state).items():
                kept.pop(name) if body is None else kept.update({name: body})
            state, at = snapshot.restore(kept), until
    assert got == expected


def test_only_the_blocks_that_were_written_to_are_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten detectors in blocks of four: a reading of the sixth rewrites the second block."""
    monkeypatch.setattr(blocks, "SIZE", 4)
    book = Book().devices(*(smoke(n) for n in range(10)))
    book.rules(rule_text("r1", "device", 20.0, {}))
    state, _ = step(State(LOG), book.records)
    assert len(snapshot.changed(state)) >= 9
    one = Book().pack({"device": "tl01-smoke-0005", "temperature": 30}, at=SECOND).records[0]
    state, _ = step(state, [replace(one, position=len(book.records) + 1)])
    written = {name.split("/")[0] + "/" + name[-5:] for name in snapshot.changed(state)}
    assert written == {"room/00001", "run/00001", "clock/clock"}


def test_a_device_that_joins_a_block_already_saved_is_saved_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else those of the next block would move up when it is put together again."""
    monkeypatch.setattr(blocks, "SIZE", 4)
    book = Book().devices(*(smoke(n) for n in range(3)))
    state, _ = step(State(LOG), book.records)
    kept: dict[str, Any] = dict(snapshot.changed(state))
    book.devices(*(smoke(n) for n in range(3, 6)))
    state, _ = step(state, book.records[1:])
    kept |= snapshot.changed(state)
    assert kept == snapshot.save(state)


def test_many_rules_of_one_shape_at_one_device_each_say_their_own() -> None:
    book = Book().devices(smoke(1), smoke(2))
    book.rules(*(rule_text(f"r{n}", "device", float(n), {}) for n in range(30)))
    book.pack({"device": "tl01-smoke-0001", "temperature": 10.5}, at=0).tick(at=5 * SECOND)
    changes = play(book)
    assert {change.rule for change in changes} == {f"r{n}" for n in range(11)}
    assert len(changes) == 11
    assert all(change.evidence.params == {"limit": float(change.rule[1:])} for change in changes)


def test_the_parameters_of_a_place_do_not_hang_on_who_spoke_before_a_restart() -> None:
    """A detector has a limit of its own; its building has not, before and after a restart."""
    mine = {"building": "b1", "site": "tl01", "place": "b1"}
    own = Device(id="z-own", kind="smoke", params={"limit": 1}, **mine)  # type: ignore[arg-type]
    book = Book().devices(Device(id="a", kind="smoke", **mine), own)  # type: ignore[arg-type]
    book.rules(rule_text("r1", "building", 20.0, {}))
    book.pack({"device": "z-own", "temperature": 0.5}, at=0)
    book.change(control.FlagSet("rain", on=True), at=1)
    state, _ = step(State(LOG), book.records)
    (before,) = seated(state).values()
    (after,) = seated(snapshot.restore(snapshot.save(state))).values()
    assert before == after == 20
