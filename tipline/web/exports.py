"""What stands in the file of a callout's answers: a column for each question, and who the readers are where wanted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _

from tipline.core.tabular import Cell, Heading, Row
from tipline.models import QuestionKind
from tipline.web import labels
from tipline.web.i18n import language_tag
from tipline.web.sheets import Column


def columns(questions: Sequence[Heading], identity: Sequence[Heading] | None) -> list[Column[Row]]:
    """What stands in the file, in the words of the page's language. `identity`: questions that say who the reader is;
    None leaves out all of who they are. No request is needed to write the rows."""
    status, verification = _words(labels.STATUS), _words(labels.VERIFICATION)
    source, consent, contact = _words(labels.SOURCE), _words(labels.CONSENT), _words(labels.CONTACT)
    found: list[Column[Row]] = [
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


def _identity(questions: Sequence[Heading], contact: Mapping[Any, str]) -> list[Column[Row]]:
    found: list[Column[Row]] = [
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


def _question(heading: Heading) -> Column[Row]:
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
