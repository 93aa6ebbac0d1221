"""Tables that people keep as CSV and bring back: out with the mark by which Excel knows UTF-8, in
as UTF-8 or as GB 18030, which spreadsheets here write. All is taken over, or the page says which
line is wrong and nothing is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

MOST_BYTES = 2 << 20
MOST_ROWS = 20_000
_SHOWN = 40


class BadSheet(ValueError):
    """The file can't be taken; nothing was changed. As text: why, in the reader's language; `line`
    is where (the head is 1)."""

    def __init__(self, said: str, line: int = 1) -> None:
        super().__init__(said)
        self.line = line


class BadRow(BadSheet):
    """A line can't be taken: its column and what stood there."""

    def __init__(self, line: int, column: str, value: str) -> None:
        self.column, self.value = column, value[:_SHOWN]
        said = _("Line %(line)s, %(column)s: “%(value)s” cannot be; nothing was changed.")
        super().__init__(said % {"line": line, "column": column, "value": self.value}, line)


def text(raw: bytes, most: int = MOST_BYTES) -> str:
    """The text of a file. Raises `BadSheet` for more than `most` bytes, or what is no text."""
    if len(raw) > most:
        said = _("The file is larger than %(most)d MB; nothing was changed.")
        raise BadSheet(said % {"most": most >> 20})
    for encoding in ("utf-8", "gb18030"):
        try:
            told = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in told:
            return told
    raise BadSheet(_("The file is no CSV table; nothing was changed."))


def lines(told: str, most: int = MOST_ROWS) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, each with its number and its cells, trimmed; the head first.
    Raises `BadSheet`."""
    reader = csv.reader(io.StringIO(told.removeprefix("\ufeff"), newline=""), strict=True)
    count = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if count > most:
                said = _("The file has more than %(most)d rows; nothing was changed.")
                raise BadSheet(said % {"most": most})
            count += 1
            yield reader.line_num, cells
    except csv.Error as error:
        said = _("The file is no CSV table; nothing was changed.")
        raise BadSheet(said, reader.line_num) from error


def rows(
    told: str, columns: Sequence[str], optional: Iterable[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its number and its cells by column, "" for what is not there. Raises `BadRow`
    where a column is missing that is not `optional`, and `BadSheet`."""
    found = lines(told)
    _line, head = next(found, (1, []))
    if missing := [name for name in columns if name not in {*head, *optional}]:
        raise BadRow(1, missing[0], "")
    for line, cells in found:
        by_name = dict(zip(head, cells, strict=False))
        yield line, {name: by_name.get(name, "") for name in columns}


def written(columns: Sequence[str], cells: Iterable[Sequence[object]]) -> str:
    """A table as `rows` reads it."""
    out = io.StringIO()
    csv.writer(out).writerows([columns, *cells])
    return "\ufeff" + out.getvalue()


def answer(told: str, name: str) -> HttpResponse:
    """A table as a file to be saved under that name."""
    found = HttpResponse(told, content_type="text/csv; charset=utf-8")
    found["Content-Disposition"] = f'attachment; filename="{name}"'
    return found


def raw(file: UploadedFile | None) -> bytes:
    """What was sent, never a part of it that would pass for a whole: one byte over what `text`
    takes where it is more."""
    return bytes(file.read(MOST_BYTES + 1)) if file else b""


def bring(request: HttpRequest, take: Callable[[str], int]) -> None:
    """Hand the file of a form to `take`, which returns how many rows it took over, and tell the
    reader what became of it."""
    try:
        count = take(text(raw(request.FILES.get("file"))))
    except BadSheet as bad:
        messages.error(request, str(bad))
    else:
        messages.success(request, _("%(n)d rows were taken over.") % {"n": count})
