"""Replay after the mend: what was rejected is taken, once, at the time of its first arrival."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from xiuhua.gateway import keeper as keeper_module
from xiuhua.gateway import replays as replays_module
from xiuhua.gateway.kept import MASK, rejected, shown
from xiuhua.gateway.ports import Order
from xiuhua.gateway.reasons import Refused
from xiuhua.gateway.replays import AT_ONCE
from xiuhua.log.base import Entry, Rejected
from xiuhua.log.database import Log, open_log
from xiuhua.log.rejected import FOREVER

from .support.house import House, lines_in, soon, start
from .support.people import GATEWAY, NOW, OTHERS_SMOKE, SMOKE, WATER, device, intake

NEW = "tl04-smoke-0099"
ANY = Order(1, reason="", device="", since=0, until=FOREVER, reached=0, upto=FOREVER)


@dataclass
class Orders:
    """Orders as the rooms keep them. With `dies` the gateway falls before it can tell."""

    waiting: list[Order] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    dies: bool = False

    def open(self) -> Sequence[Order]:
        return tuple(self.waiting)

    def went_on(self, id: int, reached: int, refused: Mapping[str, int]) -> None:  # noqa: A002
        if self.dies:
            raise Killed
        self.refused.update(refused)
        self.waiting = [replace(order, reached=reached) for order in self.waiting]

    def finished(self, id: int) -> None:  # noqa: A002
        self.waiting = [order for order in self.waiting if order.id != id]


class Killed(Exception):
    """The process ends here."""


def message(body: bytes, *, at: int = NOW, number: str = NEW, **more: str) -> Rejected:
    known = {"door": "mqtt", "speaker": GATEWAY, "device": number, "reason": "unknown_device"}
    return Rejected(at=at, detail="", body=body, **{**known, **more})


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look around every few milliseconds."""
    monkeypatch.setattr(replays_module, "EVERY", 0.01)
    monkeypatch.setattr(keeper_module, "EVERY", 0.01)


@pytest.fixture
def log(tmp_path: Path):
    with open_log(tmp_path / "log.db") as log:
        yield log


async def gateway(log: Log, orders: Orders, *new: str) -> House:
    """A gateway whose ledger knows these devices now."""
    house = await start(log, replays=(orders, log.rejected))
    for name in new:
        house.ledger.with_(device(name, "smoke"))
    return house


async def play(log: Log, *new: str, order: Order = ANY) -> Orders:
    """Carry an order out."""
    orders = Orders()
    house = await gateway(log, orders, *new)
    await soon(lambda: house.ledger.asked > bool(new))
    orders.waiting.append(order)
    await soon(lambda: not orders.waiting)
    await house.close()
    return orders


def said(log: Log) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines_in(log)]


async def test_a_device_that_is_registered_now_is_heard_at_its_first_arrival(log: Log):
    log.append(Entry(rejected=[message(b'{"battery":3}'), message(b'[{"battery":2}]')]), NOW)
    await play(log, NEW)
    assert said(log) == [
        {"device": NEW, "time": NOW, "battery": 3},
        {"device": NEW, "time": NOW, "battery": 2},
    ]
    assert all(kept.replayed for kept in log.rejected.find())


async def test_what_is_refused_again_goes_on_waiting_and_is_counted(log: Log):
    log.append(Entry(rejected=[message(b'{"battery":"x"}'), message(b'{"battery":3}')]), NOW)
    orders = await play(log, NEW)
    assert orders.refused == {"wrong_type": 1}
    assert [kept.number for kept in log.rejected.waiting()] == [1]
    orders = await play(log, NEW)
    assert orders.refused == {"wrong_type": 1}
    assert len(said(log)) == 1


async def test_of_a_message_in_part_taken_the_rest_is_rejected_anew(log: Log):
    log.append(Entry(rejected=[message(b'[{"battery":3},{"battery":"x"}]')]), NOW)
    await play(log, NEW)
    assert len(said(log)) == 1
    assert [kept.message.reason for kept in log.rejected.waiting()] == ["wrong_type"]


async def test_only_what_was_ordered_is_played(log: Log):
    ordered = [message(b'{"battery":3}'), message(b'{"battery":4}', at=NOW + 9)]
    others = [message(b'{"battery":5}', number=SMOKE, reason="from_the_future")]
    log.append(Entry(rejected=[*ordered, *others]), NOW)
    await play(log, NEW, order=replace(ANY, reason="unknown_device", until=NOW + 9))
    assert [kept.number for kept in log.rejected.waiting()] == [2, 3]
    await play(log, NEW, order=replace(ANY, device=SMOKE, upto=2))
    assert [kept.number for kept in log.rejected.waiting()] == [2, 3]


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (message(b'{"battery":3}', speaker="gone"), "unknown_speaker"),
        (message(b'{"battery":3}', number=SMOKE, reason="other_device"), "other_device"),
        (message(b'{"battery":3}', number="", reason="bad_topic"), "bad_topic"),
        (message(b'{"battery":3}', number=OTHERS_SMOKE), "not_yours"),
        (message(b'{"battery":3}', number="still-unknown"), "unknown_device"),
    ],
)
async def test_whose_it_is_is_asked_again(log: Log, kept: Rejected, reason: str):
    log.append(Entry(rejected=[kept]), NOW)
    assert (await play(log)).refused == {reason: 1}
    assert said(log) == []


async def test_a_whole_message_of_lines(log: Log):
    lines = b'{"device":"%b","battery":3}\n{"device":"%b","pressure":300000}'
    body = lines % (SMOKE.encode(), WATER.encode())
    log.append(Entry(rejected=[message(body, door="http", number="")]), NOW)
    await play(log)
    assert [line["device"] for line in said(log)] == [SMOKE, WATER]


async def test_the_senders_allowance_is_not_spent_and_many_are_carried_out(log: Log):
    many = [message(b'{"battery":%.2f}' % (n / 100)) for n in range(2 * AT_ONCE + 1)]
    log.append(Entry(rejected=many), NOW)
    await play(log, NEW)
    assert [line["battery"] for line in said(log)] == [n / 100 for n in range(2 * AT_ONCE + 1)]


async def test_after_a_crash_between_the_commit_and_its_telling_nothing_is_taken_twice(log: Log):
    log.append(Entry(rejected=[message(b'{"battery":3}'), message(b'{"battery":"x"}')]), NOW)
    orders = Orders(dies=True)
    house = await gateway(log, orders, NEW)
    await soon(lambda: house.ledger.asked > 1)
    orders.waiting.append(ANY)
    with pytest.raises(Killed):
        await house.task
    assert len(said(log)) == 1
    assert orders.waiting == [ANY]
    assert (await play(log, NEW)).refused == {"wrong_type": 1}
    assert len(said(log)) == 1


def test_what_is_shown_of_a_message_names_no_person():
    content = {
        "device": SMOKE, "temperature": 24.1, "battery": "三伏", "resident": "张三",
        "phone": 13800000000, "obscuration": "13800000000", "nested": {"a": 1}, "沪A12345": 1,
    }  # fmt: skip
    kept = message(json.dumps([content, "张三"]).encode())
    assert json.loads(shown(kept)) == [
        {
            "device": SMOKE, "temperature": 24.1, "battery": MASK, "resident": MASK,
            "phone": MASK, "obscuration": MASK, "nested": MASK, "?": MASK,
        },
        MASK,
    ]  # fmt: skip


def test_what_is_no_json_shows_its_shape_only():
    assert shown(message('{"张三":13800, x'.encode())) == '{"aa":00000, a'
    assert shown(replace(message(b""), body=None)) == ""


def test_nothing_of_a_personal_kind_comes_to_be_shown():
    """What `rejected` keeps is all there is to show."""
    table = intake()
    speaker = table.roll.get(GATEWAY)
    assert speaker is not None
    raw = b'{"plate":"\xe6\xb2\xaaA12345","confidence":1}'
    kept = rejected(
        raw, Refused("no_device"), at=NOW, door="mqtt", speaker=speaker, device="", roll=table.roll
    )
    assert shown(kept) == ""
