"""Consecutive numbers in commit order. A bare serial would not do: on PostgreSQL a later number may
commit first, and a reader that tails the table would step over the earlier one."""

from __future__ import annotations

from typing import cast

from django.db import connection, models

_TAKE = """
INSERT INTO road_sequence (name, last) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET last = road_sequence.last + excluded.last
RETURNING last
"""


class Sequence(models.Model):
    """The newest number of a sequence; its row is the lock that writers queue at."""

    name = models.CharField(primary_key=True, max_length=32)
    last = models.BigIntegerField()

    class Meta:
        app_label = "road"

    def __str__(self) -> str:
        return f"{self.name} {self.last}"


def take(name: str, count: int) -> range:
    """The next `count` numbers. Other takers wait until this transaction has ended: take late."""
    assert connection.in_atomic_block, f"numbers of {name!r} are taken inside a transaction"
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [name, count])
        last = cast("int", cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


def newest(name: str) -> int:
    """The newest committed number, 0 before the first."""
    return Sequence.objects.filter(name=name).values_list("last", flat=True).first() or 0
