"""The job's four rules one reading at a time, for peers that bring keys, state and transport but no
such operators: there a user writes this by hand, so these lines count as theirs.

A state is a list of plain values, changed in place, so that any peer can keep it. Where a rule must
speak between two readings (a hold is over, a count has run dry) it does so at the next one, with
the right time: kind to peers without timers in event time.
"""

from __future__ import annotations

from typing import Any

from bench.peers import job

State = list[Any]
Moments = list[tuple[str, int]]


def new_smoke() -> State:
    """Of a smoke device: since when hot, hold on, baseline on, cells."""
    return [0, False, False, {}]


def new_arc() -> State:
    """Of an arc device: the newest times of sparks, count on."""
    return [[], False]


def new_place() -> State:
    """Of a place: when last smoky, when last arcing, together on."""
    return [-job.NEAR - 1, -job.NEAR - 1, False]


def hold(state: State, time: int, value: float) -> Moments:
    """Hot for HELD ms begins it, a cold reading ends it."""
    moments = []
    if state[0] and time - state[0] >= job.HELD:
        moments.append(("begin", state[0] + job.HELD))
        state[0], state[1] = 0, True
    if state[1]:
        if value < job.COLD:
            moments.append(("end", time))
            state[1] = False
    elif value < job.HOT:
        state[0] = 0
    elif not state[0]:
        state[0] = time
    return moments


def baseline(state: State, time: int, value: float) -> Moments:
    """Far from the exponentially weighted mean of the device's hour of the week."""
    cell = state[3].setdefault(str(time // job.HOUR % job.WEEK), [0, value, 0.0])
    seen, mean, variance = cell
    off = value - mean
    cell[:] = seen + 1, mean + job.ALPHA * off, (1 - job.ALPHA) * (variance + job.ALPHA * off * off)
    far = seen >= job.LEARN and off * off > job.SPREADS * job.SPREADS * variance
    if far == state[2]:
        return []
    state[2] = far
    return [("begin" if far else "end", time)]


def count(state: State, time: int, value: float) -> Moments:
    """TIMES readings with sparks within SLIDING ms."""
    times, moments = state[0], []
    if state[1] and time > times[0] + job.SLIDING:
        moments.append(("end", times[0] + job.SLIDING))
        state[1] = False
    if value >= job.SPARKS:
        times.append(time)
        del times[: -job.TIMES]
        if not state[1] and len(times) == job.TIMES and times[0] > time - job.SLIDING:
            moments.append(("begin", time))
            state[1] = True
    return moments


def together(state: State, time: int, *, smoke: bool) -> Moments:
    """Smoky and arcing within NEAR of each other; called with readings that are one of the two."""
    moments = []
    over = min(state[0], state[1]) + job.NEAR
    if state[2] and time > over:
        moments.append(("end", over))
        state[2] = False
    state[0 if smoke else 1] = time
    if not state[2] and abs(state[0] - state[1]) <= job.NEAR:
        moments.append(("begin", time))
        state[2] = True
    return moments
