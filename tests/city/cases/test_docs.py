"""The closed loop as it is described is the closed loop as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from xiuhua import city
from xiuhua.city.access import ROLES
from xiuhua.city.cases.machine import WAYS, Stage, Step
from xiuhua.city.cases.words import STEPS

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "closed-loop.md"


@pytest.mark.parametrize("step", Step)
def test_each_step_stands_in_the_docs_as_it_is(step: Step) -> None:
    way = WAYS[step]
    with translation.override("zh-hans"):
        name = f"`{step}` {STEPS[step]}"
    frm = ", ".join(stage for stage in Stage if stage in way.frm)
    roles = ", ".join(sorted(role for role, may in ROLES.items() if f"case.{step}" in may))
    needs = ", ".join(way.needs) or "–"
    row = f"| {name} | {frm} | {way.to or '–'} | {roles} | {needs} |"
    assert row in PAGE.read_text(encoding="utf-8"), f"closed-loop.md should hold:\n{row}"


@pytest.mark.parametrize("room", ["alerts", "cases"])
def test_no_other_room_says_it_otherwise(room: str) -> None:
    """The rooms' words are laid over each other: ours must keep our meaning."""
    path = Path(city.__file__).parent / room / "locale/zh_Hans/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        ours = [message for message in read_po(file) if message.id]
    assert ours
    with translation.override("zh-hans"):
        for message in ours:
            if message.pluralizable:
                assert (translation.ngettext(*message.id, 2),) == message.string
            else:
                assert translation.gettext(message.id) == message.string
