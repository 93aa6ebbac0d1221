"""Every door of the rooms, from the URL table: its address, how it is entered, what it asks for.

The reference's table of access and its test are both made from this, so that a door that somebody
adds without a lock does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from .api import api

ELSEWHERE = ("accounts/", "^accounts/", "admin/", "i18n/", "api/")
"""Logging in and out, Django's own administration (system administrators only) and the choice of a
language have locks of their own; the typed interface is walked by itself."""


@dataclass(frozen=True)
class Door:
    """A way in; `method` is "page" for a page, whose view says which methods it takes. `needs` is
    the action that it asks for, "" where the thing itself decides (then `owner` says who), None
    where nobody has put a lock there. `open`: anybody comes in, without log-in."""

    method: str
    path: str
    needs: str | None
    owner: str
    open: bool = False


def doors() -> list[Door]:
    """All doors, by address."""
    every = [*_pages(get_resolver()), *_interface()]
    return sorted(every, key=lambda door: (door.path, door.method))


def _pages(resolver: URLResolver, before: str = "") -> Iterator[Door]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if path.startswith(ELSEWHERE):
            continue
        if isinstance(entry, URLResolver):
            yield from _pages(entry, path)
        elif isinstance(entry, URLPattern):
            yield _door("/" + path, entry.callback, "page")


def _door(path: str, view: Any, method: str) -> Door:  # noqa: ANN401
    marks = vars(view)
    needs, open_ = marks.get("needs"), marks.get("open_to_all", False)
    return Door(method, path, needs, marks.get("owner", ""), open_)


def _interface() -> Iterator[Door]:
    for prefix, router in api._routers:  # noqa: SLF001 (ninja has no public list)
        for path, view in router.path_operations.items():
            yield from _operations(f"/api{prefix}{path}", view)


def _operations(path: str, view: PathView) -> Iterator[Door]:
    for operation in view.operations:
        for method in operation.methods:
            yield _door(path.replace("//", "/"), operation.view_func, method)
