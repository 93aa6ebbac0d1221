"""What a path lies on."""

from __future__ import annotations

from pathlib import Path


def filesystem(path: Path, mounts: str) -> str:
    """Kind of the filesystem that a path lies on, by the text of /proc/mounts."""
    place = existing(path)
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, point, name, *_ = line.split()
        mount = Path(point.replace("\\040", " "))
        if place.is_relative_to(mount) and len(mount.parts) > best:
            best, kind = len(mount.parts), name
    return kind


def existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that is there."""
    path = path.resolve()
    return next(each for each in (path, *path.parents) if each.exists())
