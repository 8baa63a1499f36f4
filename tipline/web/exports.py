"""The answers to a callout as a file: CSV while it is read, XLSX from a file that is gone once it is sent.

Cells hold strangers' words, and a spreadsheet runs what looks like a formula (CVE-2026-93581): in CSV such a cell
begins with a quote mark, in XLSX every cell is written as text.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from flask_babel import gettext as _

from tipline.core.tabular import Cell, Heading, Row
from tipline.models import QuestionKind
from tipline.web import labels
from tipline.web.i18n import language_tag

BOM = "\ufeff"  # without it Excel takes UTF-8 for the system's old encoding
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST = 32_767  # UTF-16 code units of a cell in Excel
PIECE = 64 * 1024  # bytes
ROWS_AT_ONCE = 100  # lines of CSV in one piece of the answer


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    of: Callable[[Row], str]


def columns(questions: Sequence[Heading], identity: Sequence[Heading] | None) -> list[Column]:
    """What stands in the file, in the words of the page's language. `identity`: questions that say who the reader is;
    None leaves out all of who they are. No request is needed to write the rows."""
    status, verification = _words(labels.STATUS), _words(labels.VERIFICATION)
    source, consent, contact = _words(labels.SOURCE), _words(labels.CONSENT), _words(labels.CONTACT)
    found = [
        Column(_("Tip"), lambda row: str(row.tip.id)),
        Column(_("Received"), lambda row: iso(row.tip.received_at)),
        Column(_("Came by"), lambda row: source[row.tip.source]),
        Column(_("Language"), lambda row: language_tag(row.tip.language)),
        Column(_("Status"), lambda row: status[row.tip.status]),
        Column(_("Verification"), lambda row: verification[row.tip.verification]),
        Column(_("Consent"), lambda row: consent[row.tip.consent]),
        Column(_("Tags"), lambda row: ", ".join(row.tags)),
        Column(_("Files"), lambda row: str(row.tip.files)),
    ]
    if identity is not None:
        found += _identity(identity, contact)
    found.append(Column(_("Message"), lambda row: row.told))
    return found + [_question(heading) for heading in questions]


def _words(table: Mapping[Any, Any]) -> dict[Any, str]:
    return {word: str(label) for word, label in table.items()}


def _identity(questions: Sequence[Heading], contact: Mapping[Any, str]) -> list[Column]:
    found = [
        Column(_("Name"), lambda row: row.known.name if row.known else ""),
        Column(_("E-mail"), lambda row: "; ".join(row.known.emails) if row.known else ""),
        Column(_("Phone"), lambda row: "; ".join(row.known.phones) if row.known else ""),
        Column(_("How to contact"), lambda row: contact[row.tip.contact]),
        Column(_("What to mind"), lambda row: row.known.contact_note if row.known else ""),
    ]
    for heading in questions:
        plain = _question(heading)
        found.append(Column(plain.heading, lambda row, q=heading.question_id, of=plain.of: _sealed(row, q) or of(row)))  # type: ignore[misc]
    return found


def _sealed(row: Row, question_id: int) -> str:
    return row.known.answers.get(question_id, "") if row.known else ""


def _question(heading: Heading) -> Column:
    kept_out = _("[kept out of print]")
    options = options_of(heading)
    name = _("%(question)s [earlier question]", question=heading.wording) if heading.retired else heading.wording

    def of(row: Row) -> str:
        cell = row.cells.get(heading.question_id)
        if cell is None:
            return ""
        return f"{kept_out} {said(cell, options)}" if cell.withheld else said(cell, options)

    return Column(name, of)


def options_of(heading: Heading) -> list[str]:
    """What can be chosen, by number; yes and no are our own words."""
    return [_(option) for option in heading.options] if heading.kind is QuestionKind.YES_NO else heading.options


def said(cell: Cell, options: Sequence[str]) -> str:
    """An answer in words: options in one language whichever it was given in, else as it was written."""
    chosen = [options[number] for number in cell.options if number < len(options)]
    return "; ".join(chosen) if chosen else cell.value


def iso(at: datetime) -> str:
    """A moment as every program reads it: 2021-06-22T06:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(wanted: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file in pieces, as it is read (RFC 4180, UTF-8)."""
    written = io.StringIO()
    written.write(BOM)
    lines = csv.writer(written, quoting=csv.QUOTE_ALL)
    lines.writerow([harmless(column.heading) for column in wanted])
    for number, row in enumerate(rows, 1):
        lines.writerow([harmless(column.of(row)) for column in wanted])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(written)
    yield _taken(written)


def _taken(written: io.StringIO) -> bytes:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text.encode()


def as_xlsx(wanted: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file in pieces. It is made in a folder that only we can open, and gone from it before the first piece."""
    cut = _(" … [cut here: a cell holds no more; the CSV has all of it]")
    with tempfile.TemporaryDirectory(prefix="tipline-") as folder:  # 0700
        path = Path(folder, "answers.xlsx")
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False})
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(wanted) - 1, 18)
        for place, column in enumerate(wanted):
            sheet.write_string(0, place, fitting(column.heading, cut), bold)
        for number, row in enumerate(rows, 1):
            for place, column in enumerate(wanted):
                if text := column.of(row):
                    sheet.write_string(number, place, fitting(text, cut))
        book.close()
        file = path.open("rb")
    return _pieces(file)


def _pieces(file: io.BufferedReader) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def fitting(text: str, cut: str) -> str:
    """A text that a cell of Excel holds; what is cut says so."""
    if len(text) * 2 <= LONGEST:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= LONGEST * 2:
        return text
    return units[: (LONGEST - len(cut)) * 2].decode("utf-16-le", "ignore") + cut
