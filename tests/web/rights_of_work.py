"""Rows of the work on a tip, for the walk over every route: what is taken away by a press is there for the next one."""

from collections.abc import Callable

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.access import Actor
from tipline.core.arrival import Attachment
from tipline.core.replies import reply_files
from tipline.db import now
from tipline.models import (
    Attribution,
    Checklist,
    ContactEntry,
    ContactWay,
    Fact,
    FactState,
    FactType,
    Quote,
    SavedReply,
    Task,
    Tip,
)

Row = Callable[[Session, Tip, Actor], int]


def names(session: Session, tip: Tip, other: Actor) -> dict[str, object]:
    """One of each. The waiting file is of somebody else."""
    return {
        "saved_id": saved_reply(session, tip, other),
        "task_id": task(session, tip, other),
        "contact_id": contact(session, tip, other),
        "checklist_id": _id(session, Checklist(name="Check", steps=["Call back"])),
        "reply_file_id": _waiting(session, tip, other),
        "type_id": _place(session).id,
        "fact_id": fact(session, tip),
        "quote_id": quote(session, tip, other),
    }


def saved_reply(session: Session, tip: Tip, by: Actor) -> int:
    row = SavedReply(
        name="thanks", text="Thank you", callout_id=tip.callout_id, made_by=by.account_id, changed_at=now()
    )
    return _id(session, row)


def task(session: Session, tip: Tip, by: Actor) -> int:
    return _id(session, Task(tip_id=tip.id or 0, text="Call her", made_by=by.account_id, created_at=now()))


def contact(session: Session, tip: Tip, by: Actor) -> int:
    at = now()
    row = ContactEntry(
        tip_id=tip.id or 0, author_id=by.account_id, way=ContactWay.CALL, text="Hi", at=at, created_at=at
    )
    return _id(session, row)


def quote(session: Session, tip: Tip, by: Actor) -> int:
    """A draft, of the tip's own title."""
    at = now()
    row = Quote(
        tip_id=tip.id or 0, original=tip.title, text=tip.title, attribution=Attribution.ANONYMOUS,
        made_by=by.account_id, created_at=at, changed_at=at,
    )  # fmt: skip
    return _id(session, row)


def _place(session: Session) -> FactType:
    return session.scalars(select(FactType).where(col(FactType.key) == "place")).one()


def fact(session: Session, tip: Tip) -> int:
    """One that is suggested, whose value is the tip's own title."""
    title, type_id = tip.title, _place(session).id or 0
    row = Fact(
        tip_id=tip.id or 0, type_id=type_id, value=title, folded=title.casefold(), state=FactState.SUGGESTED,
        created_at=now(),
    )  # fmt: skip
    return _id(session, row)


# Endpoints after which the row is gone, and how the next one comes about.
TAKEN_AWAY: dict[str, tuple[str, Row]] = {
    "saved_replies.remove": ("saved_id", saved_reply),
    "tasks.remove": ("task_id", task),
    "contacts.remove": ("contact_id", contact),
    "quotes.remove": ("quote_id", quote),
}


def _waiting(session: Session, tip: Tip, by: Actor) -> int:
    file = Attachment("map.pdf", b"%PDF-1.7", "application/pdf")
    return reply_files.place(session, tip.id or 0, file, by).id


def _id(session: Session, row: SavedReply | Task | ContactEntry | Checklist | Fact | Quote) -> int:
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id
