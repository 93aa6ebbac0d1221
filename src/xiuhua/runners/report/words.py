"""Pieces of the report's page: both languages, escaped; numbers, times, levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from xiuhua.engine.changes import Level
from xiuhua.engine.records import Millis
from xiuhua.epoch import SHANGHAI, moment

LEVEL_WORDS: dict[Level, tuple[str, str, str]] = {
    "warn": ("●", "预警", "Warning"),
    "serious": ("▲", "严重", "Serious"),
    "critical": ("◆", "紧急", "Critical"),
}
"""Shape and word for each level: never colour alone."""


def both(zh: str, en: str) -> str:
    """A text in Chinese and English, of which the reader's switch shows one or both."""
    if zh == en:
        return escape(zh)
    return f'<span lang="zh-Hans">{escape(zh)}</span> <span lang="en">{escape(en)}</span>'


def level(of: Level) -> str:
    """A level by shape, colour and word."""
    shape, zh, en = LEVEL_WORDS[of]
    return f'<span class="level {of}"><b aria-hidden="true">{shape}</b> {both(zh, en)}</span>'


def clock(at: Millis) -> str:
    """A moment, in Shanghai: 11-24 08:05:30."""
    return f"{moment(at).astimezone(SHANGHAI):%m-%d %H:%M:%S}"


def share(of: float | None) -> str:
    """A share as a percentage; a dash where nothing can be said."""
    return "–" if of is None else f"{of:.0%}"


def seconds(of: float | None) -> str:
    """A length of time in words as short as they can be."""
    if of is None:
        return "–"
    return f"{of:.0f} s" if of < 600 else f"{of / 60:.0f} min"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; the first of each row is its heading."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def section(title: str, *parts: str) -> str:
    """A part of the page under its heading."""
    return f"<section><h2>{title}</h2>{''.join(parts)}</section>"
