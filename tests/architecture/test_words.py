"""The rooms' translations lie over each other in Django: whichever room comes first speaks for all
of them. So a word has one translation in the whole house; where two rooms mean two things by it,
`pgettext` tells them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from .sources import ROOT

CATALOGUES = sorted((ROOT / "src").rglob("*.po"))


def entries(path: Path) -> Iterator[tuple[tuple[str, str, str], str]]:
    """(language, context, words) of each entry of a catalogue, and what stands for it."""
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id:
                key = (path.parts[-3], message.context or "", str(message.id))
                yield key, str(message.string)


def test_a_word_is_translated_in_one_way() -> None:
    said: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for path in CATALOGUES:
        for key, translation in entries(path):
            said[key][str(path.relative_to(ROOT))] = translation
    assert len(said) > 300
    assert {key: by for key, by in said.items() if len(set(by.values())) > 1} == {}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-4])
def test_every_entry_is_translated(path: Path) -> None:
    assert [key for key, translation in entries(path) if not translation] == []
