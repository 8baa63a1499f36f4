"""Tips made by hand, row by row, for tests of what reads them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from tipline.core import search, vault
from tipline.core.counts import counters
from tipline.core.files import file_texts
from tipline.models import Direction, Message, Reader, StoredFile, Tip
from tipline.sealing import new_id
from tipline.vocabularies import Source

TODAY = date(2021, 6, 22)
MORNING = datetime(2021, 6, 22, 6, tzinfo=UTC)


def make_tip(session: Session, callout_id: int, text: str = "My story", minutes: int = 0, **values: Any) -> Tip:
    """A tip with one message, in counters and index, received so many minutes after MORNING; flushed."""
    at = MORNING + timedelta(minutes=minutes)
    reader = Reader(key_id=vault.new_key(session).id, created_at=at)
    session.add(reader)
    session.flush()
    given = {"source": Source.FORM, "title": text[:60], "received_at": at, "updated_at": at, "reader_wrote_at": at}
    values.setdefault("active_at", values.get("reader_wrote_at", values.get("received_at", at)))
    tip = Tip(callout_id=callout_id, reader_id=reader.id, **{**given, **values})
    session.add(tip)
    session.flush()
    assert tip.id is not None
    say(session, tip, text)
    counters.move(session, tip, None, counters.standing(tip))
    return tip


def say(session: Session, tip: Tip, text: str, **values: Any) -> Message:
    """One more message of a tip, indexed."""
    at = tip.received_at
    given: dict[str, Any] = {"direction": Direction.IN, "source": tip.source, "sent_at": at, "created_at": at}
    message = Message(id=new_id(), tip_id=tip.id, text=text, **{**given, **values})
    session.add(message)
    session.flush()
    search.put(session, tip.id or 0)
    return message


def attach(session: Session, tip: Tip, name: str, words: str = "") -> StoredFile:
    """A file of a tip, with a message of its own, its words read and indexed."""
    message = say(session, tip, "Look at this")
    file = StoredFile(
        id=new_id(), tip_id=tip.id, message_id=message.id, key_id=vault.new_key(session).id, name=name,
        type="application/pdf", size=1, created_at=tip.received_at,
    )  # fmt: skip
    session.add(file)
    session.flush()
    file_texts.keep(session, file, words)
    search.put(session, tip.id or 0)
    return file
