"""The reference is what the code says now, and leaves nothing out."""

from __future__ import annotations

import pytest

from docs.build import PAGES, REFERENCE, page
from xiuhua.config import Config
from xiuhua.engine.rules import default_rules
from xiuhua.gateway.reasons import SENTENCES
from xiuhua.kinds import all_kinds


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_fresh(name: str) -> None:
    assert (REFERENCE / name).read_text() == page(name), "run: make docs"


def test_no_page_stands_there_that_nobody_makes() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kinds.md", [f"## `{kind.code}`" for kind in all_kinds()]),
        ("kinds.md", [f"| `{field.name}` |" for kind in all_kinds() for field in kind.fields]),
        ("rules.md", [f"## `{rule.id}`" for rule in default_rules()]),
        ("reasons.md", [f"| `{code}` |" for code in SENTENCES]),
        ("settings.md", [f"`XIUHUA_{name.upper()}`" for name in Config.model_fields]),
    ],
    ids=["kinds", "fields", "rules", "reasons", "settings"],
)
def test_nothing_is_left_out(name: str, words: list[str]) -> None:
    made = page(name)
    assert [word for word in words if word not in made] == []
