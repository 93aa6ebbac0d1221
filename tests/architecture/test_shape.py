"""Small files, small functions, nothing left lying about."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median, quantiles

from .sources import files, functions, text, written

MOST_LINES = 400
CODE = (".py", ".ts", ".html")


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    long = {str(path): n for path, said in written(*CODE) if (n := said.count("\n")) > MOST_LINES}
    assert not long


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_are_small() -> None:
    """Half of them ten lines at most, nineteen in twenty under forty."""
    lengths = [body_lines(function) for _, function in functions("src/")]
    assert median(lengths) <= 10
    assert quantiles(lengths, n=20)[-1] < 40


def test_every_function_says_its_types() -> None:
    bare = [
        f"{path}:{function.lineno} {function.name}"
        for path, function in functions("src/")
        if not _is_annotated(function)
    ]
    assert not bare


def _is_annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    said = function.args
    arguments = [*said.posonlyargs, *said.args, *said.kwonlyargs]
    arguments += [more for more in (said.vararg, said.kwarg) if more]
    untyped = [each for each in arguments if each.annotation is None]
    return function.returns is not None and {each.arg for each in untyped} <= {"self", "cls"}


def test_nobody_waits_by_the_clock_in_a_test() -> None:
    """A sleep is a guess at how long something takes; tests/support/waiting.py asks instead."""
    waits = re.compile(r"\bsleep\s*\((?!0\))|wait_for_timeout|waitForTimeout|\bsetTimeout\s*\(")
    tests = [*written(".py", under="tests/"), *written(".ts", under="web/test/")]
    own = Path(__file__).name
    sleepy = [str(path) for path, said in tests if path.name != own and waits.search(said)]
    assert not sleepy


def test_nothing_is_put_off() -> None:
    later = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    own = Path(__file__).name
    notes = [str(path) for path, said in written(*CODE) if path.name != own and later.search(said)]
    assert not notes


def test_every_recipe_of_the_makefile_says_what_it_does() -> None:
    makefile = text(Path("Makefile"))
    assert makefile is not None
    phony = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    recipes = {name for line in phony for name in line.split()}
    helped = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert recipes == helped


def test_every_text_file_ends_in_one_newline() -> None:
    kept_odd = {"found", "bad", "recorded"}
    ragged = [
        str(path)
        for path in files()
        if not kept_odd & set(path.parts)
        and path.suffix != ".po"  # gettext's tools write those
        and (said := text(path))
        and (not said.endswith("\n") or said.endswith("\n\n"))
    ]
    assert not ragged
