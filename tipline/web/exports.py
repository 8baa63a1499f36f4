"""What stands in the files of tips: of a callout's answers a column for each question, of a list where each stands; and
who the readers are where wanted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask_babel import gettext as _

from tipline.core.bulk import list_export
from tipline.core.bulk.list_export import ExportedAnswer
from tipline.core.results.tabular import Cell, Heading, TableRow
from tipline.core.tip_fields import FIELDS, LANGUAGE, Choice
from tipline.models import QuestionKind
from tipline.web import labels
from tipline.web.i18n import language_tag
from tipline.web.spreadsheets import SheetColumn, Value

AnyRow = TypeVar("AnyRow", bound=TableRow)
EXPORTED = tuple(field for field in FIELDS if field is LANGUAGE or isinstance(field, Choice))


def columns(questions: Sequence[Heading], identity: Sequence[Heading] | None) -> list[SheetColumn[TableRow]]:
    """What stands in the file, in the words of the page's language. `identity`: questions that say who the reader is;
    None leaves out all of who they are. No request is needed to write the rows."""
    found: list[SheetColumn[TableRow]] = _standing()
    if identity is not None:
        found += _known()
        found += [_personal(heading) for heading in identity]
    found.append(SheetColumn(_("Message"), lambda row: row.told))
    return found + [_question(heading) for heading in questions]


def of_list(callouts: Mapping[int, str], *, identity: bool) -> list[SheetColumn[list_export.ExportRow]]:
    """As `columns`, of tips of several callouts, which are called by these titles."""
    found: list[SheetColumn[list_export.ExportRow]] = [
        *_standing(),
        SheetColumn(_("Callout"), lambda row: callouts.get(row.tip.callout_id, "")),
        SheetColumn(_("Assigned to"), lambda row: row.assignee),
        SheetColumn(_("Follow up"), lambda row: row.tip.follow_up_on.isoformat() if row.tip.follow_up_on else ""),
    ]
    if identity:
        found += _known()
        found.append(SheetColumn(_("Who they are, in their answers"), _who))
    return [*found, SheetColumn(_("Message"), lambda row: row.told), SheetColumn(_("Answers"), _answers())]


def _who(row: TableRow) -> str:
    if row.known is None:
        return ""
    return "\n".join(f"{row.known.wordings[asked]} {value}" for asked, value in row.known.answers.items())


def _answers() -> Callable[[list_export.ExportRow], str]:
    kept_out = _("[not for publication]")

    def one(said: ExportedAnswer) -> str:
        return " ".join([said.wording, *([kept_out] if said.withheld else []), said.value])

    return lambda row: "\n".join(map(one, row.said))


def _standing() -> list[SheetColumn[AnyRow]]:
    return [
        SheetColumn(_("Tip"), lambda row: str(row.tip.id)),
        SheetColumn(_("Received"), lambda row: iso(row.tip.received_at)),
        *(_choice(field) if isinstance(field, Choice) else _language() for field in EXPORTED),
        SheetColumn(_("Tags"), lambda row: ", ".join(row.tags)),
        SheetColumn(_("Files"), lambda row: str(row.tip.files)),
    ]


def _choice(choice: Choice) -> SheetColumn[AnyRow]:
    words = _words(labels.CHOICES[choice.name])
    return SheetColumn(_(choice.label), lambda row: words[choice.of(row.tip)])


def _language() -> SheetColumn[AnyRow]:
    return SheetColumn(_(LANGUAGE.label), lambda row: language_tag(row.tip.language))


def _words(table: Mapping[Any, Any]) -> dict[Any, str]:
    return {word: str(label) for word, label in table.items()}


def _known() -> list[SheetColumn[AnyRow]]:
    contact = _words(labels.CONTACT)
    return [
        SheetColumn(_("Name"), lambda row: row.known.name if row.known else ""),
        SheetColumn(_("Email"), lambda row: "; ".join(row.known.emails) if row.known else ""),
        SheetColumn(_("Phone"), lambda row: "; ".join(row.known.phones) if row.known else ""),
        SheetColumn(_("How to contact"), lambda row: contact[row.tip.contact]),
        SheetColumn(_("What to know first"), lambda row: row.known.contact_note if row.known else ""),
    ]


def _personal(heading: Heading) -> SheetColumn[TableRow]:
    plain = _question(heading)

    def of(row: TableRow) -> Value:
        sealed = row.known.answers.get(heading.question_id, "") if row.known else ""
        return sealed or plain.of(row)

    return SheetColumn(plain.heading, of)


def _question(heading: Heading) -> SheetColumn[TableRow]:
    kept_out = _("[not for publication]")
    options = options_of(heading)
    name = _("%(question)s [earlier question]", question=heading.wording) if heading.retired else heading.wording

    def of(row: TableRow) -> str:
        cell = row.cells.get(heading.question_id)
        if cell is None:
            return ""
        return f"{kept_out} {said(cell, options)}" if cell.withheld else said(cell, options)

    return SheetColumn(name, of)


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
