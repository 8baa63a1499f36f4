"""What a reporter has begun to write to many readers: kept for them alone, until it is sent.

A draft is called by the page on which it was begun. Where two windows write on the same one, nothing is overwritten:
what the second one typed becomes a draft of its own.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.bulk.mass_messages import MAX_READERS, TOO_MANY
from tipline.core.text.storable import storable
from tipline.core.tips.reply_drafts import LONG, MAX_LENGTH, version
from tipline.db import now
from tipline.errors import NotAllowed, Refused
from tipline.models import MassMessageDraft, Tip

MAX_ID_LENGTH = 40  # of a page


def new_id() -> str:
    """A page's random id."""
    return secrets.token_urlsafe(16)


def begun(session: Session, by: Actor) -> list[MassMessageDraft]:
    """All that this person has begun, the last one first."""
    mine = select(MassMessageDraft).where(col(MassMessageDraft.account_id) == by.account_id)
    return list(session.scalars(mine.order_by(col(MassMessageDraft.changed_at).desc())))


def to(
    session: Session, drafts: Collection[MassMessageDraft], tip_ids: Collection[int], by: Actor
) -> MassMessageDraft | None:
    """The first of these that is to exactly the readers of these tips."""
    tips = _there(session, tip_ids, by) if drafts else []
    return next((draft for draft in drafts if draft.tips == tips), None)


def keep(
    session: Session, submission: str, tip_ids: Collection[int], text: str, by: Actor, seen: str
) -> MassMessageDraft | None:
    """Save a text over the version that the page has `seen` ("" for none); under another id where another window has
    saved since. An empty one takes the draft away: None. Tips that are not there for this person are left out."""
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)
    text, submission = storable(text), storable(submission)
    if len(text) > MAX_LENGTH:
        raise Refused(LONG)
    if len(tip_ids) > MAX_READERS:
        raise Refused(TOO_MANY)
    access.in_one_window(session, by)
    row = session.get(MassMessageDraft, (by.account_id, submission), populate_existing=True)
    if row is not None and row.text != text and version(row.changed_at) != seen:
        row, submission = None, new_id()
    if not text.strip():
        if row is not None:
            session.delete(row)
            session.flush()
        return None
    at, tips = now(), _there(session, tip_ids, by)
    if not tips:
        return None
    if row is None:
        submission = submission if 0 < len(submission) <= MAX_ID_LENGTH else new_id()
        row = MassMessageDraft(account_id=by.account_id, submission=submission, text="", changed_at=at)
    row.tips = tips
    if row.text != text:
        row.text, row.changed_at = text, max(at, row.changed_at + timedelta(microseconds=1))
    session.add(row)
    session.flush()
    return row


def done(session: Session, submission: str, by: Actor) -> None:
    """It was sent: its draft goes."""
    row = session.get(MassMessageDraft, (by.account_id, storable(submission)), populate_existing=True)
    if row is not None:
        session.delete(row)
        session.flush()


def forget(session: Session, tip_ids: Collection[int]) -> None:
    """What was begun goes with each of the tips, as what was sent to many does: it may say who one of them is."""
    gone = set(tip_ids)
    for row in session.scalars(select(MassMessageDraft)).all():
        if gone & set(row.tips):
            session.delete(row)
    session.flush()


def _there(session: Session, tip_ids: Collection[int], by: Actor) -> list[int]:
    """Those of them that are there for this person, in the order of their numbers."""
    query = select(col(Tip.id)).where(col(Tip.id).in_(tip_ids), access.visible(by)).order_by(col(Tip.id))
    return [tip_id for tip_id in session.scalars(query) if tip_id]
