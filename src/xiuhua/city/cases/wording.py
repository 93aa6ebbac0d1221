"""The words by which cases are found, and the pieces of them that an index can hold.

Chinese has no blanks between words, so any two signs that stand together may be one: text is cut
into pieces of two signs, and of three where all are ASCII. PostgreSQL keeps these pieces in a GIN
index; whatever it finds is compared with the text itself, so that every database gives the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    Lookup = models.Lookup[Any]
else:
    Lookup = models.Lookup

MOST_WORDS = 6
LONGEST = 4000
"""Signs of a case that are kept for search."""

_RUN = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Text as it is compared: full-width signs as plain ones, small letters, single blanks.

    >>> plain("３１号楼  Lift")
    '31号楼 lift'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pieces(text: str) -> list[str]:
    """The pieces of a text, each once, in order.

    >>> pieces("31号楼 lift")
    ['1号', 'ift', 'lif', '号楼']
    """
    found: set[str] = set()
    for run in _RUN.findall(plain(text)):
        found.update(run[n : n + 2] for n in range(len(run) - 1) if not run[n : n + 2].isascii())
        found.update(run[n : n + 3] for n in range(len(run) - 2) if run[n : n + 3].isascii())
    return sorted(found)


def words(asked: str) -> list[str]:
    """What was asked for, word by word."""
    return plain(asked).split()[:MOST_WORDS]


def too_short(asked: str) -> list[str]:
    """The words of which no piece can be looked up: one sign, or two of ASCII."""
    return [word for word in words(asked) if not pieces(word)]


def body(parts: Iterable[str]) -> str:
    """The text of a case that is searched."""
    return plain("\n".join(part for part in parts if part))[:LONGEST]


@models.TextField.register_lookup
class HasPieces(Lookup):
    """`pieces__has=[…]`: every one of them is among the pieces. Only PostgreSQL has an index for
    it; elsewhere it says nothing, and the comparison with the text alone decides."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(
        self,
        compiler: SQLCompiler,  # noqa: ARG002
        connection: BaseDatabaseWrapper,  # noqa: ARG002
    ) -> tuple[str, tuple[Any, ...]]:
        return "1 = 1", ()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        return f"string_to_array({left}, ' ') @> %s::text[]", (*params, list(self.rhs))
