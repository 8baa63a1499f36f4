"""Whether a reader has seen the exact words that are about to be published, as the form promises.

Words that were not sent may be published all the same, for one of a few reasons, which history keeps.
"""

from enum import StrEnum

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.tips import merged
from tipline.models import Direction, MailKind, Message, Outgoing, SendState, Tip
from tipline.vocabularies import N_

NOT_SENT = N_(
    "The reader hasn’t been sent this exact text, as the form promises. "
    "Send it first, or say why you are publishing without it."
)
ARRIVED = SendState.SENT, SendState.PAGE  # or what waits for the reader on their page


class Unsent(StrEnum):
    """Why words are published that were not sent to their reader."""

    AGREED = "agreed"  # they heard or saw the exact words in another way, and agreed
    UNREACHABLE = "unreachable"  # nothing can reach them safely
    OWN_WISH = "own_wish"  # they asked us not to write again


def was_sent(session: Session, tip: Tip, text: str) -> bool:
    """Whether a reply that reached the reader, or lies on their page, holds exactly this text. White space and marks of
    quoting do not count."""
    ids = {tip.id, *(one.id for one in merged.family(session, tip.id or 0))}
    replies = (
        select(col(Message.text))
        .join(Outgoing, col(Outgoing.message_id) == col(Message.id))
        .where(
            col(Message.tip_id).in_(ids),
            col(Message.direction) == Direction.OUT,
            col(Outgoing.kind) == MailKind.REPLY,
            col(Outgoing.state).in_(ARRIVED),
            col(Outgoing.bounced_by).is_(None),
        )
    )
    wanted = f" {_plain(text)} "
    return any(wanted in f" {_plain(sent)} " for sent in session.scalars(replies))


def _plain(text: str) -> str:
    words = " ".join(line.lstrip("> ") for line in text.splitlines()).split()
    return " ".join(word.strip("“”\"'‘’「」『』«»") for word in words)
