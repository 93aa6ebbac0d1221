"""Sites over processes: each site is folded by itself anyway, so the result is the same."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from xiuhua.engine.rules import Rule, parse

from .replay import Folded, fold_site
from .sources import Piece, Source

Told = Callable[[int], None]
"""Told how many readings are done so far."""
POLL = 0.2
"""Seconds between two looks at how far the processes have come."""


class ProcessDied(Exception):
    """A process that folded a site is gone, most likely for want of memory."""

    def __init__(self) -> None:
        super().__init__(
            "A process of the replay has died, most likely for want of memory; nothing was "
            "written. Try a shorter period, or --processes 1."
        )


def fold(source: Source, sets: Sequence[Sequence[Rule]], *, processes: int, told: Told) -> Folded:
    """Fold all of a source's sites with each set of rules, in so many processes at most.

    Raises ProcessDied, and what reading the source raises.
    """
    sites = source.sites()
    if min(processes, len(sites)) <= 1:
        parts = list(_here(source, sites, sets, told))
    else:
        parts = _beside(source, sites, sets, min(processes, len(sites)), told)
    return Folded.joined(parts, len(sets))


def _here(
    source: Source, sites: Sequence[str], sets: Sequence[Sequence[Rule]], told: Told
) -> Iterator[Folded]:
    done = 0

    def tell(piece: Piece) -> None:
        nonlocal done
        done += piece.readings
        told(done)

    for site in sites:
        yield fold_site(source, site, sets, tell)


def _beside(
    source: Source, sites: Sequence[str], sets: Sequence[Sequence[Rule]], processes: int, told: Told
) -> list[Folded]:
    """Typed rules hold compiled conditions, which cannot travel: their texts do."""
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    texts = [[(rule.version, rule.text) for rule in rules] for rules in sets]
    with (
        _one_thread_each(),
        ProcessPoolExecutor(
            processes, mp_context=context, initializer=_begin, initargs=(counter,)
        ) as pool,
    ):
        jobs = [pool.submit(_fold, source, site, texts) for site in sites]
        try:
            return _watched(jobs, counter, told)
        except BrokenProcessPool:
            raise ProcessDied from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _watched(jobs: list[Future[Folded]], counter: Synchronized[int], told: Told) -> list[Folded]:
    waiting: set[Future[Any]] = set(jobs)
    while waiting:
        done, waiting = wait(waiting, timeout=POLL)
        for job in done:
            job.result()  # the first failure ends the wait
        told(counter.value)
    return [job.result() for job in jobs]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Polars would start as many threads in each process as there are cores."""
    name = "POLARS_MAX_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


_counter: Synchronized[int] | None = None


def _begin(counter: Synchronized[int]) -> None:
    global _counter  # noqa: PLW0603  the only way from a pool's initializer to its jobs
    _counter = counter


def _fold(source: Source, site: str, texts: list[list[tuple[int, str]]]) -> Folded:
    sets = [[r for version, t in some for r in parse(t, version=version)] for some in texts]
    return fold_site(source, site, sets, _count)


def _count(piece: Piece) -> None:
    assert _counter is not None
    with _counter.get_lock():
        _counter.value += piece.readings
