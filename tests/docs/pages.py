"""The documentation's pages, and what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of code, with the page and the line that it begins on."""

    page: Path
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def blocks(*languages: str) -> list[Block]:
    """Every fenced block in one of these languages."""
    return [
        Block(page, said.count("\n", 0, hit.start()) + 1, hit[1], hit[2])
        for page in PAGES
        for said in [page.read_text()]
        for hit in _FENCE.finditer(said)
        if hit[1] in languages
    ]


def anchor(heading: str) -> str:
    """The address of a heading within its page, as GitHub makes it."""
    kept = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return re.sub(r"\s", "-", kept)
