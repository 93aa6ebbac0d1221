"""Who speaks for which device, and by which secret."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from xiuhua.neighbourhood import Device

from . import TransportError


def read(path: Path) -> dict[str, str]:
    """Secrets by id from a CSV file of `id,secret`. Raises TransportError naming the row."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError) as error:
        raise TransportError(f"{path} cannot be read ({error}); nothing was sent") from error
    if rows and rows[0] == ["id", "secret"]:
        del rows[0]
    for at, row in enumerate(rows, 1):
        if len(row) != 2 or not all(row):
            raise TransportError(f"{path}, entry {at}: not `id,secret`; nothing was sent")
    return dict(rows)


def speakers(devices: Iterable[Device], secrets: Mapping[str, str]) -> dict[str, str]:
    """Who speaks for each device that has a voice: its gateway where it hangs under one and the
    gateway's secret is known, else itself where its own is."""
    voices = {}
    for device in devices:
        if device.under in secrets:
            voices[device.id] = device.under
        elif device.id in secrets:
            voices[device.id] = device.id
    return voices
