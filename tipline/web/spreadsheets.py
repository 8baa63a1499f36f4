"""Tables as files: CSV while it is read, XLSX from a file that is gone once it is sent.

Cells hold strangers' words, and a spreadsheet runs what looks like a formula (CVE-2026-93581): in CSV such a cell
begins with a quote mark, in XLSX words are written as text. Only what is a number here is one there.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from flask_babel import gettext as _

TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
BOM = "\ufeff"  # without it Excel takes UTF-8 for the system's old encoding
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MAX_CELL_LENGTH = 32_767  # UTF-16 code units of a cell in Excel
PIECE = 64 * 1024  # bytes
ROWS_AT_ONCE = 100  # lines of CSV in one piece of the answer
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")  # of sheets, which have 31 characters at most

T = TypeVar("T")
Value = str | int | float


@dataclass(frozen=True, slots=True)
class SheetColumn(Generic[T]):
    heading: str
    of: Callable[[T], Value]


@dataclass(frozen=True, slots=True)
class Worksheet(Generic[T]):
    """One table of a workbook."""

    name: str
    columns: Sequence[SheetColumn[T]]
    rows: Iterable[T]


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _safe(value: Value) -> Value:
    return harmless(value) if isinstance(value, str) else value


def as_csv(wanted: Sequence[SheetColumn[T]], rows: Iterable[T]) -> Iterator[bytes]:
    """The file in pieces, as it is read (RFC 4180, UTF-8)."""
    written = io.StringIO()
    written.write(BOM)
    lines = csv.writer(written, quoting=csv.QUOTE_ALL)
    lines.writerow([harmless(column.heading) for column in wanted])
    for number, row in enumerate(rows, 1):
        lines.writerow([_safe(column.of(row)) for column in wanted])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(written)
    yield _taken(written)


def _taken(written: io.StringIO) -> bytes:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text.encode()


def as_xlsx(sheets: Sequence[Worksheet[Any]]) -> Iterator[bytes]:
    """The file in pieces. It is made in a folder that only we can open, and gone from it before the first piece."""
    import xlsxwriter  # here: it takes 3 MB, and most processes never make such a file

    with tempfile.TemporaryDirectory(prefix="tipline-") as folder:  # 0700
        path = Path(folder, "table.xlsx")
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for number, sheet in enumerate(sheets, 1):
            page = book.add_worksheet(_sheet_name(sheet.name, number if len(sheets) > 1 else 0))
            _fill(page, sheet, bold)
        book.close()
        file = path.open("rb")
    return _pieces(file)


def _sheet_name(name: str, number: int) -> str:
    """A name that Excel takes; the number keeps two from being the same."""
    plain = NOT_IN_NAMES.sub(" ", name).strip() or "tipline"
    return f"{number} {plain}"[:31] if number else plain[:31]


def _fill(page: Any, sheet: Worksheet[T], bold: Any) -> None:
    cut = _(" … [cut here: a cell holds no more; the CSV has all of it]")
    page.freeze_panes(1, 1)
    page.set_column(0, len(sheet.columns) - 1, 18)
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, fitting(column.heading, cut), bold)
    for number, row in enumerate(sheet.rows, 1):
        for place, column in enumerate(sheet.columns):
            value = column.of(row)
            if not isinstance(value, str):
                page.write_number(number, place, value)
            elif value:
                page.write_string(number, place, fitting(value, cut))


def _pieces(file: io.BufferedReader) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def fitting(text: str, cut: str) -> str:
    """A text that a cell of Excel holds; what is cut says so."""
    if len(text) * 2 <= MAX_CELL_LENGTH:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= MAX_CELL_LENGTH * 2:
        return text
    return units[: (MAX_CELL_LENGTH - len(cut)) * 2].decode("utf-16-le", "ignore") + cut
