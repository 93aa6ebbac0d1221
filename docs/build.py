"""Writes docs/reference/ from the code: settings, kinds, rules, reasons, commands. `make docs` runs
it; `python docs/build.py --check` says what is not fresh, and `tests/docs` asks the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import django

from xiuhua import commands as spoken
from xiuhua import config, doctor, sqlite
from xiuhua.engine.explain import explain
from xiuhua.engine.operators import all_operators
from xiuhua.engine.rules import Rule, default_rules
from xiuhua.gateway.reasons import SENTENCES
from xiuhua.kinds import Field, Kind, all_kinds

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- Made by `make docs`; do not edit. -->"
TYPES = {
    "number": "number 数值",
    "count": "whole number 整数",
    "bool": "true or false 是否",
    "choice": "choice 选项",
    "token": "token 令牌",
}


def settings() -> Iterator[str]:
    """docs/reference/settings.md"""
    yield from ("# Settings 设置", "", "Read once from the environment when a process starts.", "")
    yield from table(("variable 变量", "default 默认", "what it is 含义"), _settings())


def _settings() -> Iterator[Sequence[str]]:
    for variable, default, meaning in config.described():
        yield f"`{variable}`", f"`{default}`" if default else "", meaning


def kinds() -> Iterator[str]:
    """docs/reference/kinds.md"""
    yield from ("# Kinds of sensor 传感器种类", "")
    yield "One file each in `src/xiuhua/kinds/`. A reading holds the fields of its kind, flat."
    for kind in all_kinds():
        yield from ("", f"## `{kind.code}` {kind.zh} {kind.en}", "")
        yield from _speaks(kind)
        yield ""
        yield from table(
            ("field 字段", "中文", "English", "type 类型", "unit 单位", "limits 范围"),
            (_field(field) for field in kind.fields),
        )


def _speaks(kind: Kind) -> Iterator[str]:
    every = f"at least every {_span(kind.interval)}" if kind.interval else "when something passes"
    yield f"- speaks 上报: {every}"
    yield f"- waits to be sorted 排序等待: {_span(kind.reorder)}"
    if kind.life_safety:
        yield "- life safety 生命安全"
    if kind.personal:
        yield "- about people 涉及个人: only its own fields pass; refused values are not kept"


def _field(field: Field) -> Sequence[str]:
    limits = " ".join(field.choices)
    if field.low is not None and field.high is not None:
        limits = f"{field.low:g} … {field.high:g}"
    nullable = " or null" if field.nullable else ""
    return (f"`{field.name}`", field.zh, field.en, TYPES[field.type] + nullable, field.unit, limits)


def rules() -> Iterator[str]:
    """docs/reference/rules.md"""
    yield from ("# Default rules 默认规则", "")
    yield "What each kind brings with it, and at the end what several kinds together can tell."
    yield "A house changes them on its rules page, as new versions."
    yield f"Operators 算子: {', '.join(f'`{name}`' for name in sorted(all_operators()))}."
    for rule in default_rules():
        yield from ("", f"## `{rule.id}` {rule.zh} {rule.en}", "")
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    zh, en = explain(rule)
    for said in (zh, en):
        yield from (f"- {line}" for line in said.splitlines())
        yield ""
    yield ", ".join(f"[`{of.code}`](kinds.md)" for of in rule.kinds)


def reasons() -> Iterator[str]:
    """docs/reference/reasons.md"""
    yield from ("# Reasons of rejection 拒收原因", "")
    yield "A message that cannot be taken is kept with one of these; `{…}` is filled in."
    yield ""
    yield from table(
        ("code 代码", "中文", "English"),
        ((f"`{code}`", zh, en) for code, (zh, en) in sorted(SENTENCES.items())),
    )


def commands() -> Iterator[str]:
    """docs/reference/commands.md"""
    yield from ("# Commands 命令", "", "Each says more with `--help`.", "")
    yield from table(
        ("command 命令", "what it does 作用"),
        ((f"`xiuhua {' '.join(words)}`", help_) for words, help_ in spoken.commands().items()),
    )
    yield from ("", "## What `xiuhua doctor` looks at 检查项", "")
    yield from table(
        ("id", "what it checks 检查内容"),
        ((number, _first(check.__doc__)) for number, check in sorted(doctor.CHECKS.items())),
    )
    yield from ("", "## Recipes of the Makefile", "", "```")
    root = Path(__file__).parents[1]
    yield subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.rstrip()
    yield "```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _first(text: str | None) -> str:
    """The first paragraph, as one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"


def access() -> Iterator[str]:
    """docs/reference/access.md"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiuhua.city.settings")
    sqlite.install()
    django.setup()
    from xiuhua.city.access import ACTIONS, ROLES
    from xiuhua.city.doors import doors

    yield from ("# Access 权限", "")
    yield "Made from `city/access.py` and the URL table; `tests/city/test_access_matrix.py` tries"
    yield "every cell of it. Whatever stands in no line is refused."
    yield from ("", "## Roles and actions 岗位与权限", "")
    yield from table(
        ("role 岗位", "may 可办"),
        ((f"`{role}`", _codes(may)) for role, may in ROLES.items()),
    )
    yield from ("", "## Doors 入口", "")
    yield from table(
        ("door", "address 地址", "asks for 需要", "roles 岗位"),
        (
            (
                door.method,
                f"`{door.path}`",
                "; ".join(filter(None, (door.needs and f"`{door.needs}`", door.owner))),
                ", ".join(role for role, may in ROLES.items() if door.needs in may),
            )
            for door in doors()
        ),
    )
    idle = ACTIONS - {door.needs for door in doors()}
    yield from ("", "Asked within a door, by what it is used for: ")
    yield f"{_codes(idle)}."


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "access.md": access,
    "settings.md": settings,
    "kinds.md": kinds,
    "rules.md": rules,
    "reasons.md": reasons,
    "commands.md": commands,
}


def page(name: str) -> str:
    """What that page must say now."""
    return "\n".join((MADE, "", *PAGES[name]())) + "\n"


def stale() -> list[str]:
    """Pages that do not say what the code says."""
    return [
        name
        for name in PAGES
        if not (file := REFERENCE / name).is_file() or file.read_text() != page(name)
    ]


def main() -> None:
    """Write the pages, or with --check name those that are not fresh."""
    if "--check" in sys.argv:
        if found := stale():
            sys.exit(f"Not fresh: {', '.join(found)}. Run: make docs")
        return
    REFERENCE.mkdir(exist_ok=True)
    for name in PAGES:
        (REFERENCE / name).write_text(page(name))


if __name__ == "__main__":
    main()
