"""Database connections of processes that live long and answer no web request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from xiuhua.gateway.ports import Unavailable

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def fresh_after_failure() -> Iterator[None]:
    """Drop the thread's connection when it fails, so that the next use opens a new one."""
    try:
        yield
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def or_unavailable(fn: Callable[P, R]) -> Callable[P, R]:
    """Says `Unavailable` to the doors where the database cannot answer now."""

    @wraps(fn)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with fresh_after_failure():
                return fn(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            raise Unavailable(f"the rooms' database does not answer: {error}") from error

    return asked
