"""The doors stop before the disk is full: the rooms, on the same disk, must still write."""

from __future__ import annotations

import shutil
from pathlib import Path

from xiuhua.engine.records import Millis
from xiuhua.log.base import Appender, Entry, LogUnavailable

MIB = 1 << 20


class NearlyFull(LogUnavailable):
    """The disk has less room than is left to the rooms; nothing was written."""

    def __init__(self, folder: Path, *, free: int, stop: int) -> None:
        super().__init__(
            f"{folder} has {free // MIB} MiB left; below {stop // MIB} MiB the doors take nothing "
            "more, so that people can still work. Nothing was written. Free some space; the doors "
            "open by themselves."
        )


class Disk:
    """The disk under a folder. Below `stop` bytes of room it is low, until an eighth more is free:
    a door must not open and shut with every file that comes and goes."""

    def __init__(self, folder: Path, stop: int) -> None:
        self.folder = folder
        self.stop = stop
        self.low = False

    def free(self) -> int:
        """Bytes of room."""
        return shutil.disk_usage(self.folder).free

    def check(self) -> None:
        """Raises NearlyFull while the disk is low."""
        free = self.free()
        self.low = free < self.stop + (self.stop // 8 if self.low else 0)
        if self.low:
            raise NearlyFull(self.folder, free=free, stop=self.stop)


class Guarded:
    """An appender that writes only while there is room."""

    def __init__(self, appender: Appender, disk: Disk) -> None:
        self._appender = appender
        self._disk = disk

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry; see `Appender.append`. Raises NearlyFull, which time can mend."""
        self._disk.check()
        return self._appender.append(entry, now)
