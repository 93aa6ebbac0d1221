"""Parts as files: written whole or not at all, and never believed without their checksum."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import polars as pl

from .errors import PartDamaged, PartMissing
from .layout import Home, checksum_in, part_path, polars_schema
from .parts import Part

ROW_GROUP = 1 << 16
"""Rows that a reader skips or takes together."""

AT_ONCE = 8
"""Files that are brought to disk at the same time: a file system commits those together, so that
eight take hardly longer than one."""

_CHUNK = 1 << 20


def write_part(root: Path, home: Home, day: str, rows: pl.DataFrame) -> Part:
    """Write one part and return what a manifest needs to know of it.

    `rows` has the columns of `layout.polars_schema(home.kind)` and at least one row, in any order;
    readings of one pack stay in the order of its lines. The file is on disk when this returns, its
    folder's entry after `sync_folders`.
    """
    rows = rows.sort("time", "position", maintain_order=True)
    content = _parquet(rows)
    first, last = _ends(rows["position"])
    since, until = _ends(rows["time"])
    part = Part(
        path=part_path(home, day, first, last, zlib.crc32(content)),
        day=day,
        site=home.site,
        kind=home.kind,
        rows=rows.height,
        bytes=len(content),
        first_position=first,
        last_position=last,
        since=since,
        until=until,
        digest=hashlib.sha256(content).hexdigest(),
    )
    _write(root / part.path, content)
    return part


def sync_folders(root: Path, parts: Iterable[Part]) -> None:
    """Put the folders' entries of freshly written parts on disk."""
    folders = {folder for part in parts for folder in Path(part.path).parents}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(_sync_folder, (root / folder for folder in folders)):
            pass


def check(root: Path, part: Part) -> None:
    """Read the file through; raise PartMissing or PartDamaged unless it is what was written.

    Parquet has no checksum over its footer, and readers make something of almost any bytes.
    """
    checksum, size = 0, 0
    try:
        with (root / part.path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                checksum = zlib.crc32(chunk, checksum)
                size += len(chunk)
    except FileNotFoundError:
        raise PartMissing(part) from None
    except OSError as error:
        raise PartDamaged(part, str(error)) from error
    if size != part.bytes:
        raise PartDamaged(part, f"it has {size} bytes instead of {part.bytes}")
    if checksum != checksum_in(part.path):
        raise PartDamaged(part, "its checksum does not fit")


def digest_of(root: Path, part: Part) -> str:
    """The SHA-256 of the file as it lies there now, in hex; "" where there is none to read."""
    try:
        with (root / part.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def scan_parts(root: Path, kind: str, parts: Sequence[Part]) -> pl.LazyFrame:
    """The rows of some parts of one kind, each part checked first and in its own order.

    The columns are those that the kind has today: one that a part is too old to have is null in
    it. Raises PartMissing or PartDamaged.
    """
    schema = polars_schema(kind)
    for part in parts:
        check(root, part)
    if not parts:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(
        [root / part.path for part in parts],
        schema=schema,
        missing_columns="insert",
        extra_columns="ignore",
        hive_partitioning=False,
        glob=False,
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parquet(rows: pl.DataFrame) -> bytes:
    """By Polars: pyarrow would cost the worker another 60 MB of memory."""
    buffer = BytesIO()
    rows.write_parquet(buffer, compression="zstd", row_group_size=ROW_GROUP)
    return buffer.getvalue()


def _ends(column: pl.Series) -> tuple[int, int]:
    whole = column.to_physical().to_numpy()
    return int(whole.min()), int(whole.max())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
