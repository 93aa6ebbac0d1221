"""The glossary's words are those on the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.words import STEPS, TAKEN

GLOSSARY = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text()


def chinese() -> dict[str, str]:
    """The Chinese word of each English one in the table of cases; of two, the one in the field."""
    table = GLOSSARY.partition("## Cases")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", table, re.MULTILINE)
    return {
        word.partition(" (")[0].strip("*"): zh.strip("*")
        for words, zh in rows
        for word in words.split(", ")
    }


@pytest.mark.parametrize(
    ("step", "word"),
    [(step, step.replace("_", " ")) for step in Step if step is not Step.APPROVE]
    + [(Step.APPROVE, "inspect"), (Step.REWORK, "inspect")],
)
def test_a_step_is_called_on_the_page_what_the_glossary_calls_it(step: Step, word: str) -> None:
    with translation.override("zh-hans"):
        said = f"{STEPS[step]} {TAKEN[step]}"
    assert chinese()[word] in said


def test_verify_and_inspect_are_never_confused() -> None:
    assert (chinese()["verify"], chinese()["inspect"]) == ("核实", "核查")
