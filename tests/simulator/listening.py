"""What the house would make of it: the engine with every kind's default rules, fed by a world."""

from __future__ import annotations

from itertools import groupby

from xiuhua.engine import control
from xiuhua.engine.records import Control, Data, Record, Tick
from xiuhua.engine.rules import default_rules
from xiuhua.engine.step import State, step
from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import SECOND
from xiuhua.simulator.rows import Span
from xiuhua.simulator.world import World

LOG = "00000000-0000-4000-8000-000000000009"


def raised(world: World, since: int, until: int) -> dict[str, set[str]]:
    """Every alert about the neighbourhood itself raised between two moments: rule -> devices."""
    records = _controls(world, since)
    flags = iter([*world.scene.weather.turns(Span(since, until)), (until * 2, False)])
    turn, up = next(flags)
    for second, spoken in groupby(world.stream(since, until), lambda one: one.due // SECOND):
        lines = [one.line() + b"\n" for one in spoken]
        at = (second + 1) * SECOND
        if turn < at:
            change = control.encode(control.FlagSet("rain", up))
            records.append(Control(len(records) + 1, at, f"rain-{turn}", change))
            turn, up = next(flags)
        records.append(Data(len(records) + 1, at, len(lines), b"".join(lines)))
    records.append(Tick(len(records) + 1, until + 10 * SECOND))
    health = {rule.id for rule in default_rules() if rule.health}
    alerts: dict[str, set[str]] = {}
    for change in step(State(LOG), records)[1]:
        if change.what == "raised" and change.rule not in health:
            alerts.setdefault(change.rule, set()).add(change.device)
    return alerts


def _controls(world: World, at: int) -> list[Record]:
    lists = world.scene.stage.hood.lists
    changes = [
        control.LedgerSet(tuple(_known(device) for device in world.devices)),
        *(control.ListSet(name, add=members) for name, members in lists.items()),
        control.RulesSet(tuple((1, rule.text) for rule in default_rules())),
    ]
    return [
        Control(number, at, f"c{number}", control.encode(change))
        for number, change in enumerate(changes, 1)
    ]


def _known(device: Device) -> control.Device:
    return control.Device(
        id=device.id,
        kind=device.kind,
        site=device.site,
        place=device.place,
        building=device.building,
        flat=device.flat,
        tags=device.tags,
        params=device.params,
    )
