"""What a reporter has begun to write on a tip: kept for them alone, until it is sent.

Each window says which version it began with. Where another window has saved since, nothing is overwritten: the window
that comes later is told, and its person chooses.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import Conflict, Refused
from tipline.models import DraftKind, ReplyDraft
from tipline.vocabularies import N_

MAX_LENGTH = 100_000  # characters; more than may be sent, so that a text that is too long is kept all the same
LONG = N_("The draft is longer than 100,000 characters. Shorten it.")
ELSEWHERE = N_("You have written something else here in another window.")
GONE = N_("This was sent or taken away in another window.")


@dataclass(frozen=True, slots=True)
class SavedReplyDraft:
    """A text as it was saved last; `version` names this state of it."""

    text: str
    version: str


class OtherWindow(Conflict):
    """Another window saved since; `kept` is what stands there, with no text where the draft is gone."""

    def __init__(self, kept: SavedReplyDraft) -> None:
        super().__init__(ELSEWHERE if kept.version else GONE)
        self.kept = kept


def of_tip(session: Session, tip_id: int, by: Actor) -> dict[DraftKind, SavedReplyDraft]:
    """What this person has begun on a tip. The caller got the tip from `access.tip`."""
    mine = (col(ReplyDraft.tip_id) == tip_id, col(ReplyDraft.account_id) == by.account_id)
    return {row.kind: _kept(row) for row in session.scalars(select(ReplyDraft).where(*mine))}


def keep(session: Session, tip_id: int, kind: DraftKind, text: str, by: Actor, seen: str) -> SavedReplyDraft:
    """Save a text over the version that the window has `seen` ("" for none). An empty one takes the draft away.

    OtherWindow where another version stands there; nothing is changed then.
    """
    access.tip_to_work(session, tip_id, by)
    text = storable(text)
    if len(text) > MAX_LENGTH:
        raise Refused(LONG)
    row = _row(session, tip_id, kind, by)
    before = _kept(row) if row else SavedReplyDraft("", "")
    if before.text == text:
        return before
    if before.version != seen:
        raise OtherWindow(before)
    return put(session, tip_id, kind, text, by)


def put(session: Session, tip_id: int, kind: DraftKind, text: str, by: Actor) -> SavedReplyDraft:
    """Make this the draft, whatever stood there. The caller has asked whether the person may work on the tip."""
    row = _row(session, tip_id, kind, by)
    if not text.strip():
        if row is not None:
            session.delete(row)
            session.flush()
        return SavedReplyDraft("", "")
    at = now()
    if row is None:
        row = ReplyDraft(account_id=by.account_id, tip_id=tip_id, kind=kind, text=text, changed_at=at)
    row.text, row.changed_at = text, max(at, row.changed_at + timedelta(microseconds=1))
    session.add(row)
    session.flush()
    return _kept(row)


def done(session: Session, tip_id: int, kind: DraftKind, text: str, by: Actor, seen: str) -> None:
    """The text was sent: its draft goes. One that another window has written since stays."""
    row = _row(session, tip_id, kind, by)
    if row is not None and (_kept(row).version == seen or row.text.strip() == storable(text).strip()):
        session.delete(row)
        session.flush()


def give_back(session: Session, tip_id: int, text: str, by: Actor) -> None:
    """A reply that was taken back is a draft again, above what was begun meanwhile."""
    row = _row(session, tip_id, DraftKind.REPLY, by)
    begun = row.text.strip() if row else ""
    put(session, tip_id, DraftKind.REPLY, f"{text}\n\n{begun}" if begun and begun != text.strip() else text, by)


def move(session: Session, tip_id: int, target_id: int) -> None:
    """The tip was merged into another one: what was begun on it goes along, below what stands there."""
    for row in session.scalars(select(ReplyDraft).where(col(ReplyDraft.tip_id) == tip_id)).all():
        key = (row.account_id, target_id, row.kind)
        there = session.get(ReplyDraft, key)
        if there is None:
            there = ReplyDraft(account_id=row.account_id, tip_id=target_id, kind=row.kind, text="", changed_at=now())
        there.text, there.changed_at = f"{there.text}\n\n{row.text}".strip(), now()
        session.add(there)
        session.delete(row)
    session.flush()


def _row(session: Session, tip_id: int, kind: DraftKind, by: Actor) -> ReplyDraft | None:
    return session.get(ReplyDraft, (by.account_id, tip_id, kind), populate_existing=True)


def version(at: datetime) -> str:
    """What a draft that was changed at this time is called, as a window has seen it."""
    return f"{int(at.timestamp())}{at.microsecond:06d}"


def _kept(row: ReplyDraft) -> SavedReplyDraft:
    return SavedReplyDraft(row.text, version(row.changed_at))
