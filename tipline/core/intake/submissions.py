"""Submissions: the signed id that a form's page carries, and files that are filed once, however often they are sent.

The id is random and made with the page; its signature ties it to the callout, the time, and the questions that the
reader was shown, so that answers are read with the words they answered. It names nobody and is in no cookie.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import files, intake
from tipline.core.arrival import Arrival, Attached, Source
from tipline.core.intake import Filed, form_keys
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.models import Answer, Message, StoredFile, Tip
from tipline.sealing import Master
from tipline.sealing.chunks import digest

PURPOSE, ADDITION = "submission", "addition"
SAME_PRESS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Submission:
    """One page of a form as a reader got it. `asked` are the ids of its questions, in their order; `tip_id` is the tip
    that it answers for, 0 where it makes one."""

    id: str
    callout_id: int
    made_at: datetime
    asked: tuple[int, ...]
    tip_id: int = 0


def new(callout_id: int, made_at: datetime, asked: Sequence[int]) -> Submission:
    """A submission that nobody has seen yet."""
    return Submission(secrets.token_hex(16), callout_id, made_at.replace(microsecond=0), tuple(asked))


def sign(master: Master, submission: Submission) -> str:
    """The form's hidden value: what `read` takes back."""
    return master.signed(PURPOSE, _said(submission))


def read(master: Master, signed: str, callout_id: int) -> Submission | None:
    """The submission of a hidden value; None where we did not sign it for this callout."""
    said = master.opened(PURPOSE, signed)
    if said is None:
        return None
    id_, callout, made_at, asked, *tip = said.split("~")
    if int(callout) != callout_id:
        return None
    questions = tuple(int(number) for number in asked.split(".") if number)
    made = datetime.fromtimestamp(int(made_at), UTC)
    return Submission(id_, callout_id, made, questions, int(tip[0]) if tip else 0)


def new_addition(master: Master, code_hash: str) -> str:
    """The hidden value of a reader's page that is known by its hashed code: an id of what is added on it."""
    return master.signed(ADDITION, f"{secrets.token_hex(16)}~{code_hash}")


def addition(master: Master, signed: str, code_hash: str) -> str:
    """The id of such a value; "" where we did not make it for this page."""
    id_, _, of = (master.opened(ADDITION, signed) or "").partition("~")
    return id_ if of == code_hash else ""


def add(session: Session, arrival: Arrival) -> Filed:
    """One more message from the reader's page. Sent twice within minutes (a second press, a reload), it is one."""
    session.scalars(select(Tip).where(col(Tip.id) == arrival.tip_id).with_for_update()).one()
    last = session.scalars(
        select(Message)
        .where(col(Message.tip_id) == arrival.tip_id, col(Message.source) == Source.PAGE)
        .order_by(col(Message.created_at).desc(), col(Message.id).desc())
        .limit(1)
    ).one_or_none()
    if last is not None and last.text == storable(arrival.text) and now() - last.created_at < SAME_PRESS:
        return Filed(last.tip_id, last.id, new_tip=False, duplicate=True)
    return intake.receive(session, arrival)


def filed(session: Session, submission_key: str) -> Filed | None:
    """Where a form went, by its receipt's key. None where it was not filed yet."""
    row = form_keys.message_of(session, submission_key)
    return Filed(row.tip_id, row.id, new_tip=False, submission_key=submission_key) if row else None


def attach(session: Session, filed: Filed, attached: Attached) -> int | None:
    """File one attachment of a submission: its id; None where the same file of the same post is there already, or where
    the post was erased meanwhile."""
    # the lock first: the second of two equal posts then sees the first one's file
    tip_id = _lock_tip_of(session, filed.message_id)
    if tip_id is None:
        return None
    name = storable(attached.name)[-255:]
    alike = session.scalars(
        select(StoredFile).where(
            col(StoredFile.message_id) == filed.message_id,
            col(StoredFile.name) == name,
            col(StoredFile.size) == attached.data.size,
        )
    )
    if any(digest(files.content(session, row)) == digest(attached.data) for row in alike):
        return None
    return intake.attach(session, tip_id, filed.message_id, attached)


def _lock_tip_of(session: Session, message_id: int) -> int | None:
    """The tip with which a message stands: it may have been joined into another since it was filed."""
    where, locked = select(col(Message.tip_id)).where(col(Message.id) == message_id), None
    while (tip_id := session.scalar(where)) != locked:
        locked = tip_id
        session.scalars(select(Tip).where(col(Tip.id) == tip_id).with_for_update()).one_or_none()
    return tip_id


def answers(session: Session, tip: Tip) -> list[Answer]:
    """What the reader's page repeats of a form: the answers beside the story; who they are stays sealed."""
    by_reader = (Source.FORM, Source.MAIL)
    told = select(col(Message.text)).where(col(Message.tip_id) == tip.id, col(Message.source).in_(by_reader))
    stories = set(session.scalars(told))
    rows = session.scalars(
        select(Answer).where(col(Answer.tip_id) == tip.id).order_by(col(Answer.position), col(Answer.id))
    )
    return [row for row in rows if row.value not in stories]


def _said(submission: Submission) -> str:
    asked = ".".join(str(number) for number in submission.asked)
    said = f"{submission.id}~{submission.callout_id}~{int(submission.made_at.timestamp())}~{asked}"
    return f"{said}~{submission.tip_id}" if submission.tip_id else said
