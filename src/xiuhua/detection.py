"""`xiuhua detect`: a CSV of moments and values in, the same rows with a score out.

Reading is kind: names in any order and case, or none; moments in many forms; what cannot be read is
counted, kept as it was, and scored as missing. Not a row is lost.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, TextIO

import numpy as np

from xiuhua.engine.detect import Detector

BATCH = 2048
MOMENT_NAMES = (
    "timestamp", "time", "datetime", "date_time", "date", "ts", "ds", "时间", "时间戳", "日期",
)  # fmt: skip
VALUE_NAMES = ("value", "values", "reading", "val", "y", "数值", "值", "读数")
FORMS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日",
)  # fmt: skip
"""Written moments that are not ISO 8601; the first form that fits counts."""


class UnreadableSeries(Exception):
    """A file that no series can be read from: what is wrong, on which line, and what to do."""

    def __init__(self, where: str, what: str, cure: str, line: int | None = None) -> None:
        place = where if line is None else f"{where}, line {line}"
        super().__init__(f"{place}: {what}. {cure}")


@dataclass
class Told:
    """What was read, and what of it could not be understood."""

    rows: int = 0
    no_value: int = 0
    no_moment: int = 0
    first_no_value: int = 0
    first_no_moment: int = 0

    def sentences(self) -> Iterator[str]:
        """What the reader should know; nothing when all is well."""
        if self.no_value:
            yield (
                f"{self.no_value} of {self.rows} rows hold no number (the first: row "
                f"{self.first_no_value}); they are scored as missing and kept as they were."
            )
        if self.no_moment:
            yield (
                f"{self.no_moment} of {self.rows} rows hold no moment that can be read (the first: "
                f"row {self.first_no_moment}); each counts as spoken when the row before it was."
            )
        if not self.rows:
            yield "There are no rows below the header; nothing was scored."


@dataclass(frozen=True)
class Columns:
    """Where a row's moment and value stand; a series without moments counts its rows."""

    moment: int | None
    value: int
    comma: bool
    """Whether 1,5 is one and a half."""


def decoded(content: bytes, name: str) -> str:
    """The text of a file, by its mark, as UTF-8, or as GB 18030; raises UnreadableSeries."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content[:4096]:
        raise UnreadableSeries(name, "this is not text", "Export the series as CSV")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise UnreadableSeries(
        name, "this is neither UTF-8 nor GB 18030", "Save the file as UTF-8", line
    )


def scored(content: bytes, name: str, told: Told) -> Iterator[tuple[str, str, str]]:
    """Each row as (timestamp, value, score), the first two as they stood; `told` is filled while
    the rows are taken. Raises UnreadableSeries."""
    text = decoded(content, name)
    rows, columns = _opened(text, name)
    detector, last = Detector(), 0
    while batch := list(islice(rows, BATCH)):
        time, value = np.empty(len(batch), np.int64), np.empty(len(batch))
        cells = [_cells(row, columns) for row in batch]
        for i, (moment, number) in enumerate(cells):
            told.rows += 1
            last = time[i] = _time(moment, columns, last, told)
            value[i] = _value(number, columns, told)
        for (moment, number), score in zip(cells, detector.score(time, value), strict=True):
            yield moment, number, f"{score:.8f}"


def _opened(text: str, name: str) -> tuple[Iterator[list[str]], Columns]:
    """The rows below the header, blank lines left out, and which columns count."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    if not head:
        raise UnreadableSeries(name, "the file is empty", "Give rows of timestamp,value")
    comma = max(",;\t|", key=head.count) if any(c in head for c in ",;\t|") else ","
    rows = _rows(text, comma)
    first = next(rows)
    columns, header = _columns([cell.strip() for cell in first], comma == ";", name)
    return (rows if header else chain([first], rows)), columns


def _rows(text: str, comma: str) -> Iterator[list[str]]:
    """The cells of each line that is not blank. A line is a row, whatever its quotation marks say:
    one that never ends must not swallow the rest."""
    for line in io.StringIO(text, newline=None):
        if line.strip():
            bare = line.rstrip("\n")
            yield _split(bare, comma)


def _split(line: str, comma: str) -> list[str]:
    if '"' not in line:
        return line.split(comma)
    try:
        return next(csv.reader([line], delimiter=comma))
    except csv.Error:  # a cell longer than csv takes: no number has 128 KiB
        return line.split(comma)


def _columns(first: list[str], comma: bool, name: str) -> tuple[Columns, bool]:
    """Which columns count, and whether the first row is a header."""
    names = [cell.lower().lstrip("\ufeff") for cell in first]
    moment = next((names.index(each) for each in MOMENT_NAMES if each in names), None)
    value = next((names.index(each) for each in VALUE_NAMES if each in names), None)
    if value is None and moment is not None and len(names) == 2:
        value = 1 - moment
    if value is not None:
        if moment is None and len(names) == 2:
            moment = 1 - value
        return Columns(moment, value, comma), True
    if len(names) == 1:
        return Columns(None, 0, comma), not _is_reading(first[0], comma)
    if len(names) == 2:
        return Columns(0, 1, comma), not (_is_reading(first[1], comma) or _moment(first[0]))
    if _moment(first[0]) is not None and moment is None:
        return Columns(0, 1, comma), False
    raise UnreadableSeries(
        name, f"no column is called value (there are: {', '.join(first)})",
        "Call the columns timestamp and value", 1,
    )  # fmt: skip


def _is_reading(cell: str, comma: bool) -> bool:
    return not cell or not math.isnan(_number(cell, comma))


def _cells(row: list[str], columns: Columns) -> tuple[str, str]:
    """The moment and the value as they stand; a short row has nothing there."""
    moment = row[columns.moment] if columns.moment is not None and columns.moment < len(row) else ""
    return moment, row[columns.value] if columns.value < len(row) else ""


def _value(cell: str, columns: Columns, told: Told) -> float:
    number = _number(cell, columns.comma)
    if math.isnan(number):
        told.no_value += 1
        told.first_no_value = told.first_no_value or told.rows
    return number


def _number(cell: str, comma: bool) -> float:
    """The number, NaN if it is none or has no end."""
    try:
        number = float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _time(cell: str, columns: Columns, last: int, told: Told) -> int:
    """The row's moment, UTC ms; without a column of moments a second for each row."""
    if columns.moment is None:
        return told.rows * 1000
    moment = _moment(cell)
    if moment is None:
        told.no_moment += 1
        told.first_no_moment = told.first_no_moment or told.rows
        return last
    return moment


def _moment(cell: str) -> int | None:
    """ISO 8601 with or without a zone (then UTC), epoch s, ms, us or ns, or a common form."""
    cell = cell.strip()
    try:
        return _epoch(float(cell))
    except ValueError:
        pass
    try:
        return _ms(datetime.fromisoformat(cell))
    except ValueError:
        pass
    for form in FORMS:
        try:
            return _ms(datetime.strptime(cell, form))  # noqa: DTZ007  # no zone is meant: UTC
        except ValueError:
            continue
    return None


def _ms(at: datetime) -> int:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def _epoch(number: float) -> int | None:
    """Epoch ms of a number of s, ms, us or ns, told apart by how large it is."""
    if not math.isfinite(number) or abs(number) > 1e19:
        return None
    size = abs(number)
    if size < 1e11:
        return round(number * 1000)
    return round(number / (1 if size < 1e14 else 1000 if size < 1e17 else 1e6))


def write(rows: Iterable[tuple[str, str, str]], file: TextIO) -> None:
    """The rows as CSV below `timestamp,value,score`."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(("timestamp", "value", "score"))
    out.writerows(rows)


def detect(source: Path, out: Path | None, stdout: TextIO, stdin: BinaryIO) -> Told:
    """Score a file (`-`: standard input) into another or to standard output. Raises
    UnreadableSeries."""
    told = Told()
    name = "standard input" if str(source) == "-" else str(source)
    rows = scored(_content(source, stdin), name, told)
    if out is None:
        first = list(islice(rows, 1))  # an unreadable file is said before anything is written
        write(chain(first, rows), stdout)
        return told
    part = out.with_name(out.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            write(rows, file)
        part.replace(out)
    except OSError as error:
        why = error.strerror or str(error)
        cure = "Give --out a file in a folder that exists and may be written to"
        raise UnreadableSeries(str(out), f"the scores cannot be written ({why})", cure) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return told


def _content(source: Path, stdin: BinaryIO) -> bytes:
    """What is in a file or comes by standard input; raises UnreadableSeries."""
    if str(source) == "-":
        return stdin.read()
    try:
        return source.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        cure = "Give the path of a CSV file that may be read"
        raise UnreadableSeries(str(source), f"the file cannot be read ({why})", cure) from None
