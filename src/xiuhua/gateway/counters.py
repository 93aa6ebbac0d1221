"""What the doors count, in Prometheus' form. One registry a service, so that tests do not share."""

from __future__ import annotations

import collections
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from .intake import Taken

_SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)


class Counters:
    """Every figure of a gateway. Labels are codes and kinds, never devices or people."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.accepted = Counter(
            "xiuhua_readings_accepted", "Readings taken.", ["door", "kind"], registry=registry
        )
        self.rejected = Counter(
            "xiuhua_readings_rejected",
            "Readings or messages refused.",
            ["door", "reason"],
            registry=registry,
        )
        self.not_kept = Counter(
            "xiuhua_rejected_not_kept",
            "Refused and not kept: their speaker had had enough kept for the hour.",
            ["door"],
            registry=registry,
        )
        self.ignored = Counter(
            "xiuhua_fields_ignored", "Fields that are not the kind's.", ["kind"], registry=registry
        )
        self.logins_refused = Counter(
            "xiuhua_logins_refused", "Log-ins refused.", ["door"], registry=registry
        )
        self.slowed = Counter(
            "xiuhua_senders_slowed",
            "Times that a sender above its rate was not read for a while.",
            ["door"],
            registry=registry,
        )
        self.connections = Gauge(
            "xiuhua_mqtt_connections", "MQTT connections, logged in or not.", registry=registry
        )
        self.held = Gauge(
            "xiuhua_door_held_bytes", "Bytes taken and not yet committed.", registry=registry
        )
        self.stuck = Gauge(
            "xiuhua_log_stuck",
            "1 while the log does not take what is in hand, and the doors refuse.",
            registry=registry,
        )
        self.disk_free = Gauge(
            "xiuhua_disk_free_bytes", "Room left on the log's disk.", registry=registry
        )
        self.clock_held = Gauge(
            "xiuhua_clock_held_seconds",
            "Wall clock less log time while the wall clock is not believed, else 0.",
            registry=registry,
        )
        self.retimed = Counter(
            "xiuhua_readings_retimed",
            "Readings that got the time of their arrival while the clock was held.",
            ["door"],
            registry=registry,
        )
        self.commit_failures = Counter(
            "xiuhua_commit_failures", "Commits that the log could not take.", registry=registry
        )
        self.commit_readings = Histogram(
            "xiuhua_commit_readings", "Readings a commit.", buckets=_SIZES, registry=registry
        )
        self.commit_seconds = Histogram(
            "xiuhua_commit_seconds", "Time a commit takes.", buckets=_SECONDS, registry=registry
        )

    def taken(self, door: str, taken: Taken) -> None:
        """Count what one message came to."""
        for kind, count in taken.accepted.items():
            self._accepted(door, kind).inc(count)
        for kind, count in taken.ignored.items():
            self.ignored.labels(kind).inc(count)
        if taken.retimed:
            self.retimed.labels(door).inc(taken.retimed)
        reasons = collections.Counter(refusal.why.reason for refusal in taken.refused)
        for reason, count in reasons.items():
            self.rejected.labels(door, reason).inc(count)
        if more := len(taken.refused) - len(taken.kept):
            self.not_kept.labels(door).inc(more)

    @cache  # noqa: B019 - one object a gateway; looking a label up costs more than counting
    def _accepted(self, door: str, kind: str) -> Counter:
        return self.accepted.labels(door, kind)

    def text(self) -> bytes:
        """All figures in Prometheus' text form."""
        return generate_latest(self.registry)
