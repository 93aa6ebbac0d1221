"""The outbox: in the house and on the road, or in neither; each change once, in order."""

from __future__ import annotations

import pytest
from django.db import OperationalError, transaction

from xiuhua.city import outbox
from xiuhua.city.road.lasting import or_unavailable
from xiuhua.city.road.ports import Outbox
from xiuhua.engine.control import ListSet, decode
from xiuhua.gateway.ports import Unavailable

pytestmark = pytest.mark.django_db


def test_changes_wait_in_order_until_they_are_copied() -> None:
    port = Outbox()
    with transaction.atomic():
        for name in "abc":
            outbox.put(ListSet(name), id=name)
    assert [p.id for p in port.pending(10)] == ["a", "b", "c"]
    assert decode(port.pending(1)[0].body) == ListSet("a")
    port.copied(["a", "b"])
    port.copied(["a", "b"])  # after a crash the gateway says it again
    assert [p.id for p in port.pending(10)] == ["c"]


def test_a_change_with_an_id_counts_once() -> None:
    with transaction.atomic():
        outbox.put(ListSet("x", add=("1",)), id="same")
        outbox.put(ListSet("x", add=("2",)), id="same")
    assert [decode(p.body) for p in outbox.pending(10)] == [ListSet("x", add=("1",))]


def test_only_copied_changes_are_trimmed() -> None:
    with transaction.atomic():
        outbox.put(ListSet("old"), id="old")
        outbox.put(ListSet("waiting"), id="waiting")
    outbox.copied(["old"])
    assert outbox.trim(before=1 << 60) == 1
    assert [p.id for p in outbox.pending(10)] == ["waiting"]


def test_a_database_that_does_not_answer_is_unavailable() -> None:
    @or_unavailable
    def ask() -> None:
        raise OperationalError("server closed the connection")

    with pytest.raises(Unavailable, match="does not answer: server closed the connection"):
        ask()
