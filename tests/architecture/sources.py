"""What the architecture tests look at: the files that git knows or would take, and their syntax."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository that is not ignored, relative to its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    names = sorted(set(listed.decode().split("\0")) - {""})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def text(path: Path) -> str | None:
    """What a file says; None for a picture or another binary."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def written(*suffixes: str, under: str = "") -> Iterator[tuple[Path, str]]:
    """Files that people write, with their text: no migrations, museums of bad input, locks."""
    for path in files():
        by_hand = not {"migrations", "bad"} & set(path.parts) and "lock" not in path.name
        if by_hand and path.suffix in suffixes and path.as_posix().startswith(under):
            said = text(path)
            assert said is not None, path
            yield path, said


@cache
def tree(path: Path) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def functions(
    under: str,
) -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method, with its file."""
    for path, _ in written(".py", under=under):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node
