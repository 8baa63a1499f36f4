"""Who the readers of many tips are, for an export: opened a piece at a time, never kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, readers, vault
from tipline.core.access import Actor
from tipline.errors import NotAllowed
from tipline.models import ContactKind, IdentityAnswer, Reader, ReaderContact, Tip
from tipline.vocabularies import N_

NOT_TO_EXPORT = N_("Your role does not open identities. Export without them, or ask an editor.")


@dataclass(frozen=True, slots=True)
class ExportedIdentity:
    """What is known of a reader. `answers` are those that say who they are, by question, and
    `wordings` how each was asked."""

    name: str
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    contact_note: str = ""
    answers: dict[int, str] = field(default_factory=dict)
    wordings: dict[int, str] = field(default_factory=dict)


def of(session: Session, tips: Sequence[Tip], by: Actor) -> dict[int, ExportedIdentity]:
    """By tip; restricted tips are left out. NotAllowed for those who open no identities. The caller has read the tips
    as this person, and records that they were exported."""
    if not by.works_tips:
        raise NotAllowed(NOT_TO_EXPORT)
    shown = [tip for tip in tips if access.sees_identity(tip, by)]
    ids = [tip.reader_id for tip in shown]
    rows = {row.id: row for row in session.scalars(select(Reader).where(col(Reader.id).in_(ids)))}
    vault.warm(session, {row.key_id for row in rows.values()})
    emails, phones = _contacts(session, ids)
    answers, wordings = _answers(session, [tip.id or 0 for tip in shown])
    found = {}
    for tip in shown:
        row = rows[tip.reader_id]
        name, note = readers.unsealed(session, row)
        found[tip.id or 0] = ExportedIdentity(
            name, emails.get(tip.reader_id, []), phones.get(tip.reader_id, []), note,
            answers.get(tip.id or 0, {}), wordings.get(tip.id or 0, {}),
        )  # fmt: skip
    return found


def _contacts(session: Session, reader_ids: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    found: dict[ContactKind, dict[int, list[str]]] = {kind: {} for kind in ContactKind}
    query = select(ReaderContact).where(col(ReaderContact.reader_id).in_(reader_ids))
    for row in session.scalars(query.order_by(col(ReaderContact.created_at), col(ReaderContact.id))):
        value = vault.open_text(session, row.value, f"reader_contact:{row.id}:value")
        found[row.kind].setdefault(row.reader_id, []).append(value)
    return found[ContactKind.EMAIL], found[ContactKind.PHONE]


Answers = dict[int, dict[int, str]]  # by tip and question


def _answers(session: Session, tip_ids: Sequence[int]) -> tuple[Answers, Answers]:
    found: Answers = {}
    asked: Answers = {}
    for row in session.scalars(select(IdentityAnswer).where(col(IdentityAnswer.tip_id).in_(tip_ids))):
        if row.question_id is not None:
            value = vault.open_text(session, row.value, f"identity_answer:{row.id}:value")
            found.setdefault(row.tip_id, {})[row.question_id] = value
            asked.setdefault(row.tip_id, {})[row.question_id] = row.wording
    return found, asked
