"""The one alert machine: from levels going on and off to alerts raised, changed and cleared."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter

import msgspec

from . import words
from .changes import LEVELS, AlertChange, Evidence, Level, What
from .control import Device
from .decode import encode_value
from .jit import F64
from .operators.silence import Silence
from .rules import Rule
from .running import Decision, Running

OVER_ZH, OVER_EN = "已解除：", "Over: "
"""Before the sentence of an alert that has ended: "smoke 0.005, alarm line 0.08" alone would puzzle
whoever is on the way there."""


class Open(msgspec.Struct):
    """An alert that is up: who it is, how often it has changed, where it stands."""

    id: str
    start: int
    seq: int
    level: Level


@dataclass(frozen=True, slots=True)
class Cause:
    """Why and when an alert changes."""

    time: int
    since: int
    position: int
    values: F64 | None


class AlertMachine:
    """Alerts by (rule, subject). Ids hang on the log's own id, the rule, the subject and a start
    that rises strictly from one alert of a subject to its next."""

    def __init__(self, log: str) -> None:
        self.log = uuid.UUID(log)
        self.open: dict[tuple[str, str], Open] = {}
        self.last_start: dict[tuple[str, str], int] = {}

    def settle(
        self,
        decisions: list[Decision],
        running: dict[str, Running],
        devices: dict[str, list[Device]],
    ) -> list[AlertChange]:
        """Decisions of one stretch, any order, into changes in the order in which they came about.
        What one rule decides of one subject at one moment, in log time and event time, is one
        change: a pack that brings a whole fire after an outage still tells how it went."""
        changes = []
        instant = attrgetter("position", "instant", "rule", "slot")
        for (_, _, rule_id, slot), group in groupby(sorted(decisions), key=instant):
            run = running[rule_id]
            device = devices[run.rule.kind.code][slot]
            for together in _moments(list(group)):
                for decision in together:
                    _mark(run, decision)
                change = self._follow(run, device, slot, together[-1])
                if change is not None:
                    changes.append(change)
        return changes

    def _follow(
        self, run: Running, device: Device, slot: int, last: Decision
    ) -> AlertChange | None:
        level = _highest(run, slot)
        up = self.open.get((run.rule.id, device.id))
        if level == (up.level if up else None):
            return None
        cause = Cause(last.time, last.since, last.position, last.values)
        if level is None:
            return self.clear(run.rule, device, cause)
        if up is None:
            return self._raise(run.rule, device, level, cause)
        up.level = level
        return self._change("level", run.rule, device, up, cause)

    def _raise(self, rule: Rule, device: Device, level: Level, cause: Cause) -> AlertChange:
        key = (rule.id, device.id)
        start = max(cause.time, self.last_start.get(key, -1) + 1)
        name = f"{rule.id}\n{device.id}\n{start}"
        self.last_start[key] = start
        up = self.open[key] = Open(str(uuid.uuid5(self.log, name)), start, 0, level)
        return self._change("raised", rule, device, up, cause)

    def clear(self, rule: Rule, device: Device, cause: Cause) -> AlertChange | None:
        """End the alert of a rule at a device, if one is up."""
        up = self.open.pop((rule.id, device.id), None)
        return None if up is None else self._change("cleared", rule, device, up, cause)

    def _change(
        self, what: What, rule: Rule, device: Device, up: Open, cause: Cause
    ) -> AlertChange:
        up.seq += 1
        evidence = _evidence(rule, device, cause)
        zh, en = (self._sentence(rule, up.level, evidence, zh=zh) for zh in (True, False))
        if what == "cleared":
            zh, en = OVER_ZH + zh, OVER_EN + en
        return AlertChange(
            id=up.id, seq=up.seq, what=what, rule=rule.id, version=rule.version,
            subject=device.id, device=device.id, place=device.place, site=device.site,
            level=up.level, start=up.start, time=max(cause.time, up.start),
            position=cause.position, evidence=evidence,
            zh=zh, en=en,
        )  # fmt: skip

    @staticmethod
    def _sentence(rule: Rule, level: Level, evidence: Evidence, *, zh: bool) -> str:
        said = evidence.values | evidence.params | {"silent": _silent(rule, level, zh=zh)}
        return words.sentence(rule.sentence_zh if zh else rule.sentence_en, rule.kind, said, zh=zh)


def _evidence(rule: Rule, device: Device, cause: Cause) -> Evidence:
    numbers = () if cause.values is None else cause.values.tolist()
    values = {
        field.name: encode_value(field, number)
        for field, number in zip(rule.kind.fields, numbers, strict=False)
        if field.type != "token"
    }
    params = {name: rule.param_of(device, name) for name in rule.params}
    return Evidence(values=values, params=params, since=cause.since)


def _silent(rule: Rule, level: Level, *, zh: bool) -> str:
    for at in rule.levels:
        if at.level == level and isinstance(at.operator, Silence):
            return words.length(at.operator.after, zh=zh)
    return "—"


def _moments(decisions: list[Decision]) -> list[list[Decision]]:
    """What was decided at one instant, by level and turn, moment by moment of event time. A level
    keeps its turns: where a slow clock lets it begin again before it ended, that is one moment."""
    newest: dict[int, int] = {}
    timed = []
    for decision in decisions:
        level = decision.level
        newest[level] = max(decision.time, newest.get(level, decision.time))
        timed.append((newest[level], decision))
    timed.sort()
    return [[decision for _, decision in group] for _, group in groupby(timed, key=itemgetter(0))]


def _mark(run: Running, decision: Decision) -> None:
    bit = 1 << decision.level
    if decision.on:
        run.active[decision.slot] |= bit
    else:
        run.active[decision.slot] &= ~bit & 0xFF


def _highest(run: Running, slot: int) -> Level | None:
    active = int(run.active[slot])
    levels = [rule.level for at, rule in enumerate(run.rule.levels) if active & (1 << at)]
    return max(levels, key=LEVELS.index, default=None)
