"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sysconfig
from pathlib import Path

import pytest

from .sources import ROOT, tree, written

ROOMS = (
    "command", "road", "exchange", "public", "dispatch", "cases", "evaluation", "alerts", "rules",
    "archive", "devices", "people", "staff", "places", "almanac",
)  # fmt: skip


def test_every_package_keeps_to_its_floor() -> None:
    """The contracts stand in pyproject.toml, [tool.importlinter]."""
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_rooms_are_those_that_the_contract_names() -> None:
    apps = {path.parent.name for path in (ROOT / "src/xiuhua/city").glob("*/apps.py")}
    assert apps == set(ROOMS)


def imports(path: Path) -> set[str]:
    """Full names of the modules that a file of src/ imports, relative ones resolved."""
    package = path.relative_to("src").with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", [path for path, _ in written(".py", under="src/")], ids=str)
def test_sqlite_is_only_used_through_pysqlite3(path: Path) -> None:
    """The standard library's may be one that loses commits; see docs/decisions/0002."""
    assert not {name for name in imports(path) if name.partition(".")[0] == "sqlite3"}


DOORS = {
    "codes", "commands", "credentials", "intake", "light", "orders", "queries", "words", "readings",
    "byhand", "chains", "danger", "family", "incidents", "listing", "looking", "judged",
}  # fmt: skip
"""What a room may use of another: its writes, its reads, its plain vocabulary."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_entered_by_its_doors_only(room: str) -> None:
    """Nobody sees another room's tables; above all nobody sees those of `people`."""
    inside = {f"xiuhua.city.{other}": other for other in ROOMS if other != room}
    for path, _ in written(".py", under=f"src/xiuhua/city/{room}/"):
        for name in imports(path):
            words = name.split(".")
            if ".".join(words[:3]) in inside and len(words) > 3:
                assert words[3] in DOORS, f"{path} imports {name}"
