"""Tables and reports as files: Excel, PDF, CSV. A cell that begins like a formula is written as
text, so that nobody's name runs in somebody's spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.styles import Font
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

FONT = "STSong-Light"
"""Adobe's own Chinese font for PDF: not embedded, every reader brings it or one like it."""

RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """A table with its title; the first row is the head."""

    title: str
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def as_csv(sheets: Sequence[Sheet]) -> bytes:
    """UTF-8 with the mark that Excel wants."""
    out = io.StringIO()
    writer = csv.writer(out)
    for sheet in sheets:
        writer.writerow([safe(sheet.title)])
        writer.writerows([safe(cell) for cell in row] for row in sheet.rows)
        writer.writerows([safe(note)] for note in sheet.notes)
        writer.writerow([])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook, one sheet each; all cells are text as on the page."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(_sheet_name(sheet.title, len(book.worksheets)))
        for row in sheet.rows:
            page.append([safe(cell) for cell in row])
        for cell in page[1]:
            cell.font = Font(bold=True)
        page.freeze_panes = "B2"
        for note in sheet.notes:
            page.append([safe(note)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_pdf(title: str, sheets: Sequence[Sheet], paragraphs: Sequence[str] = ()) -> bytes:
    """A4 across, for printing and sending upwards."""
    _font()
    out = io.BytesIO()
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK")
    head = ParagraphStyle("head", parent=plain, fontSize=12, leading=18, spaceBefore=8)
    top = ParagraphStyle("top", parent=plain, fontSize=16, leading=24)
    story: list[object] = [Paragraph(escape(title), top)]
    story += [Paragraph(escape(text).replace("\n", "<br/>"), plain) for text in paragraphs]
    for sheet in sheets:
        story += [Paragraph(escape(sheet.title), head), _table(sheet, plain), Spacer(1, 6)]
        story += [Paragraph(escape(note), plain) for note in sheet.notes]
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 36)
    SimpleDocTemplate(out, pagesize=landscape(A4), title=title, **margins).build(story)
    return out.getvalue()


def _table(sheet: Sheet, style: ParagraphStyle) -> object:
    cells = [[Paragraph(escape(cell), style) for cell in row] for row in sheet.rows]
    lines = [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#B9B4A8")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#EFECE4")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return LongTable(cells, repeatRows=1, style=TableStyle(lines))


def _sheet_name(title: str, number: int) -> str:
    """Excel takes 31 characters and none of these in a sheet's name."""
    plain = "".join(" " if sign in r"[]:*?/\\" else sign for sign in title).strip()
    return f"{plain[:27]} {number + 1}" if plain else str(number + 1)


@cache
def _font() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
