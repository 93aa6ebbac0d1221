"""A speaker that only sends what cannot be taken fills no disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xiuhua.gateway import allowance
from xiuhua.gateway.allowance import Allowance
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door

from .support.house import MemoryLog, soon
from .support.people import NOW, WATER, intake, take

HOUR = 3_600_000
BAD = b'{"obscuration":99}'


class Told:
    """Somebody who counts the acknowledgements that they get."""

    count = 0

    def committed(self, acknowledgements: Sequence[bytes], /) -> None:
        self.count += len(acknowledgements)


def test_in_an_hour_only_so_many_refusals_of_a_speaker_are_kept_and_all_are_answered():
    table = intake(Allowance(rows=3))
    taken = take(b"[" + b",".join([BAD] * 5) + b"]", into=table)
    assert len(taken.refused) == 5
    assert len(taken.kept) == 3
    assert len(take(BAD, into=table).kept) == 0
    assert (
        len(take(b"7", speaker=WATER, device=WATER, into=table).kept) == 1
    )  # another has an allowance of its own
    assert len(take(BAD, into=table, now=NOW + HOUR).kept) == 1


def test_of_a_flood_of_large_messages_the_reasons_are_kept_and_the_first_bodies():
    table = intake(Allowance(bodies=2 * len(BAD)))
    bodies = [take(BAD, into=table).kept[0].body for _ in range(3)]
    assert bodies == [BAD, BAD, None]


def test_what_is_taken_costs_no_allowance():
    table = intake(Allowance(rows=0))
    assert take(b'{"obscuration":0.02}', into=table).count == 1


def test_a_month_of_nonsense_from_one_speaker_fits_a_small_disk():
    row = 1_600  # the longest: two sentences, names of fields, two indexes
    rows = allowance.ROWS + allowance.MENDABLE_ROWS
    assert 30 * 24 * (rows * row + 2 * allowance.BODIES) < 6 << 30


def test_what_can_be_played_again_has_an_allowance_of_its_own():
    table = intake(Allowance(rows=1))
    assert len(take(b"7", into=table).kept) == 1
    strange = [take(BAD, device="nobody", into=table) for _ in range(5)]
    assert [taken.refused[0].why.reason for taken in strange] == ["unknown_device"] * 5
    assert sum(len(taken.kept) for taken in strange) == 5
    assert table.allowance.unkept == {}
    take(b"7", into=table)
    assert table.allowance.unkept.total() == 1


def test_what_is_not_kept_is_counted():
    counters = Counters()
    table = intake(Allowance(rows=1))
    counters.taken("mqtt", take(b"[7,7,7]", into=table))
    assert 'xiuhua_rejected_not_kept_total{door="mqtt"} 2.0' in counters.text().decode()


async def test_refusals_that_are_not_kept_are_acknowledged_and_leave_nothing_in_the_log():
    log, told = MemoryLog(), Told()
    table = intake(Allowance(rows=1))
    door = Door(log, lambda: NOW, Counters())
    running = asyncio.create_task(door.run())
    for number in range(1, 101):
        door.offer(take(b"7", into=table), told, b"a")
        await soon(lambda number=number: told.count == number)
    door.close()
    await running
    assert len(log.rejected) == 1
    assert len(log.records) < 50  # a tick a second, as in quiet
