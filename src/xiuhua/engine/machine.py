"""The one alert machine: from levels going on and off to alerts raised, changed and cleared.

An alert that flaps (its rule says what that is) is not ended until it has been quiet for a while;
many alerts of one rule at one place (its rule says how many) get a parent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter, itemgetter

import msgspec
import numpy as np

from . import words
from .changes import LEVELS, AlertChange, Evidence, Level, What
from .control import Device
from .decisions import Decision, Left, Values, Where
from .jit import F64
from .ledger import Ledger
from .operators.silence import Silence
from .records import Millis
from .rule import Rule
from .running import Running
from .schedule import FOREVER
from .storms import Key, Storms, area_of, is_storm, storm_key, storm_words
from .waiting import Clock

OVER_ZH, OVER_EN = "已解除：", "Over: "
"""Before the sentence of an alert that has ended: "smoke 0.005, alarm line 0.08" alone would puzzle
whoever is on the way there."""


class Open(msgspec.Struct):
    """An alert that is up: who it is, how often it has changed, where it stands, where a storm of
    its like would gather (a device may move) and to which it belongs, how many it was told to be
    (a storm), what was last said of it."""

    id: str
    start: Millis
    seq: int
    level: Level
    device: Device
    area: str = ""
    parent: str = ""
    told: int = 0
    evidence: Evidence = Evidence()
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why and when an alert changes."""

    time: Millis
    since: Millis
    position: int
    values: Values = field(default_factory=dict)
    params: dict[str, float] = field(default_factory=dict)


class Held(msgspec.Struct):
    """An alert that flaps and whose end waits until log time `due`; what would have ended it."""

    due: Millis
    device: Device
    time: Millis
    since: Millis
    position: int
    values: Values
    params: dict[str, float]


class AlertMachine:
    """Alerts by (rule, subject). Ids hang on the log's own id, the rule, the subject and a start
    that rises strictly from one alert of a subject to its next."""

    def __init__(self, log: str) -> None:
        self.log = uuid.UUID(log)
        self.open: dict[Key, Open] = {}
        self.last_start: dict[Key, Millis] = {}
        self.starts: dict[Key, list[Millis]] = {}
        """The newest beginnings of what may flap, in log time."""
        self.held: dict[Key, Held] = {}
        self.storms = Storms()

    @property
    def soonest(self) -> Millis:
        """When the first end that is held back falls due."""
        return min((one.due for one in self.held.values()), default=FOREVER)

    # What the rules decide

    def settle(
        self, decisions: list[Decision], rules: Mapping[str, Rule], clock: Clock
    ) -> list[AlertChange]:
        """Decisions of one stretch, any order, into changes in the order in which they came about.
        What one rule decides of one subject at one moment, in log time and event time, is one
        change: a pack that brings a whole fire after an outage still tells how it went."""
        changes: list[AlertChange] = []
        instant = attrgetter("position", "instant", "rule", "subject")
        for (position, at, rule, _), group in groupby(sorted(decisions), key=instant):
            changes += self._let_end(rules, clock, until=(position, at))
            moments = _moments(list(group))
            for together in moments:
                for decision in together:
                    decision.run.mark(decision)
                changes += self._follow(rules[rule], together[-1], last=together is moments[-1])
        return changes + self._let_end(rules, clock, until=(FOREVER, FOREVER))

    def leave(self, gone: Iterable[Left], time: Millis, position: int) -> list[AlertChange]:
        """End what is up where a rule no longer covers the subject."""
        cause = Cause(time, time, position)
        changes: list[AlertChange] = []
        for one in gone:
            key = one.rule.id, one.where.subject
            self.starts.pop(key, None)
            up = self.open.get(key)
            if up is not None:  # its device may be elsewhere by now
                changes += self._clear(one.rule, Where(key[1], up.device), cause)
        return changes

    def wake(
        self, run: Running, ledger: Ledger, last: Mapping[str, F64], time: Millis, position: int
    ) -> list[AlertChange]:
        """The run's rules have woken or fallen asleep: raise what is on, or end what is up.
        `last` are the newest readings."""
        if not run.awake:
            return self._sleep(run, Cause(time, time, position))
        changes: list[AlertChange] = []
        for seat in run.seats_on():
            rule, where, level = run.rule_at(seat), run.where(seat, ledger), run.highest(seat)
            key = rule.id, where.subject
            if level is not None and key not in self.open:
                values = run.last_said(seat, last)
                self._begins(rule, key, time)
                cause = Cause(time, time, position, values, run.params_at(seat))
                changes += self._raise(rule, where, level, cause)
        return changes

    def _sleep(self, run: Running, cause: Cause) -> list[AlertChange]:
        """End what is up, also what is only held; a storm ends with the last that it is made of."""
        up = [key for key in self.open if key[0] in run.rules and not is_storm(key)]
        return [
            change
            for rule, subject in sorted(up)
            for change in self._clear(
                run.rules[rule], Where(subject, self.open[rule, subject].device), cause
            )
        ]

    def excuse(self, millis: Millis) -> None:
        """Our own door was shut for so long: nobody could flap, and no quiet counts."""
        for held in self.held.values():
            held.due += millis

    def _follow(self, rule: Rule, decision: Decision, *, last: bool) -> list[AlertChange]:
        """What follows from the levels as a decision leaves them; `last` where none of the same
        instant is to come. A rule counts by event time. But what is on when all is heard counts,
        too, if the rule is awake when that is known: a reading from just before it woke, which had
        to wait its span out, must not be passed over all night."""
        run, where = decision.run, decision.where
        key = rule.id, where.subject
        counts, time = run.counts_at(decision.time), decision.time
        if not counts and run.counts_at(decision.instant):
            if not last:
                return []
            counts, time = True, decision.instant
        level = run.highest(decision.seat) if counts else None
        up = self.open.get(key)
        held = key in self.held
        if level == (up.level if up and not held else None):
            return []
        cause = Cause(
            time, decision.since, decision.position, run.named(decision.level, decision.values),
            run.params_at(decision.seat),
        )  # fmt: skip
        if level is None:
            return self._end(rule, where, cause, decision.instant)
        self._begins(rule, key, decision.instant)
        if up is None:
            return self._raise(rule, where, level, cause)
        self.held.pop(key, None)
        if up.level == level:
            return []
        up.level = level
        return [self._change("level", rule, where, up, cause),
                *self._follow_worst((rule.id, up.area), rule, cause)]  # fmt: skip

    # Flapping

    def _begins(self, rule: Rule, key: Key, instant: Millis) -> None:
        if rule.flapping is None or (key in self.open and key not in self.held):
            return
        since = instant - rule.flapping.within
        self.starts[key] = [s for s in self.starts.get(key, []) if s > since] + [instant]

    def _end(self, rule: Rule, where: Where, cause: Cause, instant: Millis) -> list[AlertChange]:
        """End an alert, or hold its end back where it flaps."""
        key = rule.id, where.subject
        if rule.flapping is None or len(self.starts.get(key, ())) < rule.flapping.starts:
            return self._clear(rule, where, cause)
        self.held[key] = Held(
            instant + rule.flapping.within, where.device, cause.time, cause.since, cause.position,
            cause.values, cause.params,
        )  # fmt: skip
        return []

    def _let_end(
        self, rules: Mapping[str, Rule], clock: Clock, until: tuple[int, Millis]
    ) -> list[AlertChange]:
        """End what has been quiet for long enough, up to a position and an instant."""
        now, changes = int(clock.times[-1]), []
        for key, held in sorted(self.held.items(), key=lambda item: (item[1].due, item[0])):
            if held.due > now:
                break
            position = int(clock.position_at(np.array([held.due]), np.array([held.position]))[0])
            if (position, held.due) <= until:
                cause = Cause(held.time, held.since, position, held.values, held.params)
                changes += self._clear(rules[key[0]], Where(key[1], held.device), cause)
        return changes

    # Storms

    def _raise(self, rule: Rule, where: Where, level: Level, cause: Cause) -> list[AlertChange]:
        area = area_of(rule, where)
        storm = self.open.get(storm_key(area)) if area else None
        up = self._begin((rule.id, where.subject), level, where, cause)
        up.area, up.parent = area[1] if area else "", storm.id if storm else ""
        changes = [self._change("raised", rule, where, up, cause)]
        if area is None:
            return changes
        self.storms.add(area, where.subject, cause.time)
        if storm is not None:
            changes += self._follow_worst(area, rule, cause)
        elif self.storms.gathers(area, rule, cause.time):
            changes += self._gather(rule, area, where, cause)
        return changes

    def _gather(self, rule: Rule, area: Key, where: Where, cause: Cause) -> list[AlertChange]:
        """Raise the parent of what is up there, and say so of each child."""
        storm = self._begin(storm_key(area), self._worst(area), where, cause)
        changes = [self._tell_storm("raised", rule, area, storm, cause)]
        for subject in sorted(self.storms.children[area]):
            child = self.open[rule.id, subject]
            child.parent = storm.id
            changes.append(self._say("joined", rule, subject, child, cause))
        return changes

    def _worst(self, area: Key) -> Level:
        levels = [self.open[area[0], subject].level for subject in self.storms.children[area]]
        return max(levels, key=LEVELS.index)

    def _follow_worst(self, area: Key, rule: Rule, cause: Cause) -> list[AlertChange]:
        """A storm is as grave as the gravest that it is made of; and it is told when it has become
        twice as large."""
        storm = self.open.get(storm_key(area))
        if storm is None:
            return []
        worst = self._worst(area)
        if storm.level != worst:
            storm.level = worst
            return [self._tell_storm("level", rule, area, storm, cause)]
        if len(self.storms.children.get(area, ())) < 2 * storm.told:
            return []
        return [self._tell_storm("grown", rule, area, storm, cause)]

    def _tell_storm(
        self, what: What, rule: Rule, area: Key, storm: Open, cause: Cause
    ) -> AlertChange:
        children = len(self.storms.children.get(area, ()))
        if what != "cleared" and rule.storm is not None:  # a new version may have done with storms
            storm.zh, storm.en = storm_words(rule, children)
        storm.evidence, storm.told = Evidence(since=cause.since), children
        return self._say(what, rule, area[1], storm, cause, children)

    def _leave_storm(self, rule: Rule, subject: str, up: Open, cause: Cause) -> list[AlertChange]:
        area = rule.id, up.area
        if not up.area:
            return []
        if self.storms.remove(area, subject):
            return self._follow_worst(area, rule, cause)
        storm = self.open.pop(storm_key(area), None)
        return [self._tell_storm("cleared", rule, area, storm, cause)] if storm else []

    # Alerts

    def _begin(self, key: Key, level: Level, where: Where, cause: Cause) -> Open:
        start = max(cause.time, self.last_start.get(key, -1) + 1)
        self.last_start[key] = start
        name = f"{key[0]}\n{key[1]}\n{start}"
        up = Open(str(uuid.uuid5(self.log, name)), start, 0, level, where.device)
        self.open[key] = up
        return up

    def _clear(self, rule: Rule, where: Where, cause: Cause) -> list[AlertChange]:
        """End the alert of a rule at a subject, if one is up."""
        key = rule.id, where.subject
        self.held.pop(key, None)
        up = self.open.pop(key, None)
        if up is None:
            return []
        return [self._change("cleared", rule, where, up, cause),
                *self._leave_storm(rule, where.subject, up, cause)]  # fmt: skip

    def _change(self, what: What, rule: Rule, where: Where, up: Open, cause: Cause) -> AlertChange:
        """Tell a change with what was decided, or where nothing was, with what was last said. What
        the reading that ends an alert leaves out is told as it last was: "93 % sure", not "— %"."""
        up.device = where.device
        before = up.evidence.values if what == "cleared" else {}
        up.evidence = Evidence(
            values=cause.values or up.evidence.values,
            params=cause.params or up.evidence.params,
            since=cause.since,
        )
        said = before | {name: v for name, v in up.evidence.values.items() if v is not None}
        said |= up.evidence.params
        up.zh, up.en = (self._sentence(rule, up.level, said, zh=zh) for zh in (True, False))
        return self._say(what, rule, where.subject, up, cause)

    def _say(
        self, what: What, rule: Rule, subject: str, up: Open, cause: Cause, children: int = 0
    ) -> AlertChange:
        up.seq += 1
        zh, en = up.zh, up.en
        if what == "cleared":
            zh, en = OVER_ZH + zh, OVER_EN + en
        device = up.device
        return AlertChange(
            id=up.id, seq=up.seq, what=what, rule=rule.id, version=rule.version,
            subject=subject, device=device.id,
            place=device.place if subject == device.id else subject, site=device.site,
            level=up.level, start=up.start, time=max(cause.time, up.start),
            position=cause.position, evidence=up.evidence, zh=zh, en=en, parent=up.parent,
            children=children,
        )  # fmt: skip

    @staticmethod
    def _sentence(rule: Rule, level: Level, said: Values, *, zh: bool) -> str:
        said = said | {"silent": _silent(rule, level, zh=zh)}
        return words.sentence(rule.sentence_zh if zh else rule.sentence_en, rule.kinds, said, zh=zh)


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
