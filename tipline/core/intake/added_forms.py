"""Forms that answer for a tip that is there (core.intake.mail_form), on their way in: each once, as a message of it."""

from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.arrival import Arrival, Automatic, Source
from tipline.core.results import answer_rows
from tipline.models import Direction, Message, Tip


def draft_id(session: Session, tip_id: int) -> str:
    """The id of the submission that answers for a tip, and of its draft."""
    return vault.master(session).mac("answering", str(tip_id), size=16).hex()


def unsent_id(session: Session, tip_id: int) -> str:
    """The id of the draft of what its reader is typing on their own page."""
    return vault.master(session).mac("unsent", str(tip_id), size=16).hex()


def told(session: Session, tip: Tip, arrival: Arrival) -> Arrival:
    """The form as a message: what is new in it, under its questions. It counts as a form once."""
    assert tip.id is not None
    known = {row.value for row in answer_rows.by_origin(session, tip.id).values()} | set(texts(session, tip))
    new = [one for one in arrival.answers if one.value and not one.identity and one.value not in known]
    text = "\n\n".join(f"{one.wording}\n{one.value}" for one in new)
    again = select(col(Message.id)).where(col(Message.tip_id) == tip.id, col(Message.source) == Source.FORM).limit(1)
    asked = () if session.scalars(again).first() else arrival.asked
    return replace(arrival, text=text, asked=asked)


def texts(session: Session, tip: Tip) -> list[str]:
    """What the reader wrote by mail, oldest first."""
    query = (
        select(col(Message.text))
        .where(
            col(Message.tip_id) == tip.id,
            col(Message.direction) == Direction.IN,
            col(Message.source) == Source.MAIL,
            col(Message.automatic) == Automatic.NO,
        )
        .order_by(col(Message.sent_at), col(Message.id))
    )
    return list(session.scalars(query))
