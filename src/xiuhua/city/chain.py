"""Rows that are only ever added, in a chain that tells: each mac is keyed over its row and the mac
before it, so that a row altered, removed or put in between is found.

What a chain cannot see is a whole database put back to an earlier state: keep `head()` elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Generic, NoReturn, Protocol, TypeVar

import msgspec
from django.conf import settings
from django.db import connection, models

from xiuhua.tokens import own_key

_HEAD = 1


class AppendOnly(Exception):
    """Somebody tried to change or remove a row that is only ever added."""

    def __init__(self, row: models.Model) -> None:
        super().__init__(f"{type(row).__name__} is only ever added to; nothing was changed.")


class Added(models.Model):
    """A row that is only ever added."""

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:  # noqa: ANN401
        if not self._state.adding:
            raise AppendOnly(self)
        super().save(**options)

    def delete(self, *_args: object, **_options: object) -> NoReturn:
        raise AppendOnly(self)


class Head(models.Model):
    """The end of a chain: how many links there are and the newest `mac`. Its row is the lock."""

    id = models.SmallIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    mac = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.seq)


class Linked(Protocol):
    """A link: its number (int), from 1, and its mac (str) in hexadecimal."""

    seq: Any
    mac: Any


Row = TypeVar("Row", bound=Linked)
Link = TypeVar("Link", bound=Added)


class Chain(Generic[Row]):
    """A chain under the house's key of that name; `facts` is what of a row its mac answers for."""

    def __init__(self, key: str, facts: Callable[[Row], Sequence[object]]) -> None:
        self._name, self._facts = key, facts

    def link(self, row: Row, seq: int, mac: str) -> Row:
        """The row with its number and its mac, behind the link `seq`, `mac` (0, "": none)."""
        row.seq = seq + 1
        row.mac = self._mac(row, mac)
        return row

    def first_broken(self, rows: Iterable[Row], end: tuple[int, str] | None = None) -> int | None:
        """The number of the first link, in order, that was altered, removed or put in; None for a
        whole chain. Links cut off at its end show only against the `end` that is known."""
        seq, mac = 0, ""
        for row in rows:
            if row.seq != seq + 1 or not hmac.compare_digest(row.mac, self._mac(row, mac)):
                return seq + 1
            seq, mac = row.seq, row.mac
        return None if end in {None, (seq, mac)} else seq + 1

    def _mac(self, row: Row, before: str) -> str:
        told = msgspec.json.encode([before, *self._facts(row)], order="deterministic")
        return hmac.new(_key(self._name), told, hashlib.sha256).hexdigest()


class Ledger(Generic[Link]):
    """The one chain of all rows of a model, whose end is kept in a row beside it."""

    def __init__(
        self, key: str, facts: Callable[[Link], Sequence[object]], rows: type[Link], end: type[Head]
    ) -> None:
        self._chain: Chain[Any] = Chain(key, facts)
        self._rows, self._end = rows._default_manager, end._default_manager  # noqa: SLF001

    def append(self, row: Link) -> Link:
        """Save a new row behind the last, inside the caller's transaction; others wait."""
        assert connection.in_atomic_block, "a link is written in the transaction that it is about"
        self._end.get_or_create(id=_HEAD, defaults={"seq": 0, "mac": ""})
        end = self._end.select_for_update().get(id=_HEAD)
        linked = self._chain.link(row, end.seq, end.mac)
        linked.save(force_insert=True)
        self._end.filter(id=_HEAD).update(seq=linked.seq, mac=linked.mac)
        return row

    def head(self) -> tuple[int, str]:
        """How many links there are, and the newest mac."""
        found: tuple[int, str] | None = self._end.filter(id=_HEAD).values_list("seq", "mac").first()
        return found or (0, "")

    def first_broken(self) -> int | None:
        """The number of the first link that was altered, removed or put in; None: a whole chain."""
        return self._chain.first_broken(self._rows.order_by("seq").iterator(), self.head())

    def holds(self, mac: str) -> bool:
        """Whether a link with that mac, noted earlier, is still in the chain."""
        return self._rows.filter(mac=mac).exists()


@cache
def _key(name: str) -> bytes:
    return own_key(settings.HOME, name)
