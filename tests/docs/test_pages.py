"""What the pages name exists, and what they show works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from xiuhua.bridge.config import DoorPart, MqttPart, NatsPart, TopicPart
from xiuhua.commands import commands
from xiuhua.config import Config
from xiuhua.engine.rules import parse
from xiuhua.kinds import all_kinds

from .pages import PAGES, ROOT, Block, anchor, blocks, prose

EVERY = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@EVERY
def test_links_lead_somewhere(page: Path) -> None:
    lost = [
        link
        for link in re.findall(r"\]\(([^)\s]+)\)", prose(page))
        if not link.startswith("http") and not _exists(page, link)
    ]
    assert not lost


def _exists(page: Path, link: str) -> bool:
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not fragment:
        return target.exists()
    return fragment in {
        anchor(h) for h in re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
    }


@EVERY
def test_recipes_that_are_named_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipes = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|[`$ ])make ([a-z][a-z-]+)(?=[`\s]|$)", _code(page), re.MULTILINE))
    assert named <= recipes


@EVERY
def test_commands_that_are_named_exist(page: Path) -> None:
    known = commands()
    named = re.findall(r"(?:^|[`/ ])xiuhua ((?:[a-z]+ ?)+)", _code(page), re.MULTILINE)
    unknown = [words for words in named if not _is_command(words.split(), known)]
    assert not unknown


def _is_command(words: list[str], known: set[tuple[str, ...]]) -> bool:
    """Whether a command of these words, or a group of commands, begins so."""
    return any(tuple(words[: len(path)]) == path for path in known) or any(
        path[: len(words)] == tuple(words) for path in known
    )


def _code(page: Path) -> str:
    """What is meant as code: fenced blocks and what stands between backticks."""
    said = page.read_text()
    fenced = "\n".join(re.findall(r"^```\w*\n(.*?)^```$", said, re.MULTILINE | re.DOTALL))
    return re.sub(r"#.*", "", fenced) + "\n" + "\n".join(re.findall(r"`[^`\n]+`", prose(page)))


@EVERY
def test_settings_that_are_named_exist(page: Path) -> None:
    known = {f"XIUHUA_{name.upper()}" for name in Config.model_fields}
    tests_own = {"XIUHUA_NO_POSTGRES", "XIUHUA_FAST_POSTGRES", "XIUHUA_FUZZ_SECONDS"}
    assert set(re.findall(r"\bXIUHUA_[A-Z_]+", page.read_text())) <= known | tests_own


@EVERY
def test_files_that_are_named_exist(page: Path) -> None:
    said = re.findall(r"`((?:src|tests|docs|pilot|bench|web|\.ci)/[\w./-]+)`", prose(page))
    assert [path for path in said if not (ROOT / path).exists()] == []


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    """A bridge's file, or the part of it that says where its broker is."""

    source: MqttPart | NatsPart
    name: str = ""
    door: DoorPart | None = None
    topic: list[TopicPart] = []


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_rules_and_bridges_that_are_shown_can_be_read(block: Block) -> None:
    if "[[rule]]" in block.code:
        assert parse(block.code)
    else:
        assert "\n[source]" in f"\n{block.code}"
        assert msgspec.toml.decode(block.code, type=Shown)


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_that_is_shown_is_json(block: Block) -> None:
    for line in block.code.splitlines():
        json.loads(line)


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_shell_that_is_shown_is_shell(block: Block) -> None:
    subprocess.run(["bash", "-n"], input=block.code, text=True, check=True)


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_a_kind_that_is_shown_can_be_dropped_in(block: Block, tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text(block.code)
    seen = "from xiuhua.engine.rules import default_rules; print([r.id for r in default_rules()])"
    result = subprocess.run(
        [sys.executable, "-c", seen],
        env={**os.environ, "XIUHUA_KINDS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    [rule] = re.findall(r'^id = "(.+)"$', block.code, re.MULTILINE)
    assert rule in result.stdout


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.code)
def test_the_glossary_has_every_kind(kind: object) -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    assert f"| `{kind.code}` | {kind.zh} |" in glossary  # type: ignore[attr-defined]


def test_both_readmes_tell_the_same() -> None:
    """Same commands, same picture, same number of headings."""
    english, chinese = ((ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))
    for pattern in (r"^```\w*\n.*?^```$", r"!\[[^]]*\]\((.+?)\)"):
        found = [re.findall(pattern, said, re.MULTILINE | re.DOTALL) for said in (english, chinese)]
        assert found[0] == found[1]
    assert english.count("\n## ") == chinese.count("\n## ")
