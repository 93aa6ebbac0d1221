"""Nothing is lost between saying and acknowledgement, and nothing grows without end."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.simulator.transports import Counters
from xiuhua.simulator.transports.pile import Pile, pauses


@settings(deadline=None)
@given(
    count=st.integers(1, 60),
    moves=st.lists(st.sampled_from(["take", "done", "back"]), max_size=60),
    together=st.integers(1, 7),
)
def test_readings_come_out_in_order_and_after_a_break_again_in_order(count, moves, together):
    asyncio.run(follow(count, moves, together))


async def follow(count, moves, together):
    counters = Counters()
    pile = Pile(count, counters)
    for number in range(count):
        await pile.add(b"%d" % number)
    acknowledged, under_way = [], []
    for move in [*moves, "back"]:
        if move == "take" and len(pile) > sum(len(parcel.lines) for parcel in under_way):
            under_way.append(await pile.take(together))
        elif move == "done" and under_way:
            parcel = under_way.pop(0)
            pile.done(parcel)
            acknowledged += parcel.lines
        elif move == "back":
            pile.back()
            under_way.clear()
    while len(pile):
        parcel = await pile.take(together)
        pile.done(parcel)
        acknowledged += parcel.lines
    assert acknowledged == [b"%d" % number for number in range(count)]
    assert (counters.handed, counters.acknowledged, counters.waiting) == (count, count, 0)
    await pile.clear()


async def test_a_full_pile_makes_the_next_one_wait():
    pile = Pile(2, Counters())
    await pile.add(b"1")
    await pile.add(b"2")
    third = asyncio.create_task(pile.add(b"3"))
    await asyncio.sleep(0)
    assert not third.done()
    pile.done(await pile.take(1))
    await third
    assert (await pile.take(9)).lines == (b"2", b"3")


def test_pauses_grow_and_end_growing():
    drawn = [pause for pause, _ in zip(pauses(0.2, 10.0), range(30), strict=False)]
    assert drawn[0] < 0.3
    assert 7.0 <= drawn[-1] <= 13.0
