"""Which commands there are, for the reference and its tests."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from xiuhua import cli


def commands() -> dict[tuple[str, ...], str]:
    """Every command by its words after `xiuhua`, with the first paragraph of its help."""

    def walk(command: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
        if isinstance(command, typer.core.TyperGroup):
            for name, part in command.commands.items():
                yield from walk(part, (*path, name))
        elif isinstance(command, typer.core.TyperCommand):
            yield path, " ".join((command.help or "").partition("\n\n")[0].split())

    return dict(sorted(walk(typer.main.get_command(cli.app), ())))
