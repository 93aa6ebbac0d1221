"""The ground truth: what really happened, one JSON object a line, beside what the sensors said.

`{"sort": "incident", id, incident, zh, en, lookalike, place, devices, start, end, expected, also}`
and `{"sort": "fault", fault, device, start, end, times?, amount?}`; times are epoch ms.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

import msgspec

from .faults import Fault
from .incidents import Incident


class Truth:
    """Writes the ground truth. An incident is written once, however often it is told."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._told: set[str] = set()

    def incidents(self, happening: Iterable[Incident]) -> None:
        """Tell of incidents."""
        for incident in happening:
            if incident.id not in self._told:
                self._told.add(incident.id)
                self._write(_of_incident(incident))

    def faults(self, faults: Iterable[Fault]) -> None:
        """Tell of faults."""
        for fault in faults:
            self._write(_of_fault(fault))

    def _write(self, fact: dict[str, Any]) -> None:
        self._out.write(msgspec.json.encode(fact) + b"\n")
        self._out.flush()


def _of_incident(incident: Incident) -> dict[str, Any]:
    script = incident.script
    return {
        "sort": "incident",
        "id": incident.id,
        "incident": script.code,
        "zh": script.zh,
        "en": script.en,
        "lookalike": script.lookalike,
        "place": incident.place,
        "devices": incident.devices,
        "start": incident.since,
        "end": incident.until,
        "expected": script.expected,
        "also": script.also,
    }


def _of_fault(fault: Fault) -> dict[str, Any]:
    fact: dict[str, Any] = {"sort": "fault", "fault": fault.fault, "device": fault.device}
    if fault.until:
        fact |= {"start": fault.since, "end": fault.until}
    if fault.times:
        fact["times"] = fault.times
    if fault.amount is not None:
        fact["amount"] = fault.amount
    return fact
