"""The commands of a program made with Typer, found by walking it."""

from __future__ import annotations

from collections.abc import Iterator

import typer


def walk(command: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command below this one, which is reached by `path`: its words, and the first
    paragraph of its help."""
    if isinstance(command, typer.core.TyperGroup):
        for name, part in command.commands.items():
            yield from walk(part, (*path, name))
    elif isinstance(command, typer.core.TyperCommand):
        yield path, " ".join((command.help or "").partition("\n\n")[0].split())
