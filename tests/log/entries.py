"""Entries as the doors make them."""

from __future__ import annotations

from xiuhua.log.base import Entry, Rejected

NOON = 1_790_000_000_000


def readings(*values: int) -> Entry:
    """An entry with one reading for each value."""
    lines = [b'{"device":"tl04-smoke-0007","time":%d,"battery":%d}\n' % (NOON, v) for v in values]
    return Entry(count=len(lines), body=b"".join(lines))


def controls(*ids: str) -> Entry:
    """An entry with one control for each id."""
    return Entry(controls=[(name, f'{{"type":"{name}"}}'.encode()) for name in ids])


def rejected(
    reason: str = "unknown-device", device: str = "tl04-smoke-9999", at: int = NOON
) -> Rejected:
    """A message that the door could not take."""
    return Rejected(
        at=at,
        door="mqtt",
        speaker="tl04-gw-01",
        device=device,
        reason=reason,
        detail="账本里没有这个设备",
        fields=("time", "温度"),
        body=b'{"time":1}',
    )
