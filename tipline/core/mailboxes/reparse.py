"""Reads stored mail again when the parser gets better (READER_VERSION), from the raw bytes.

What changes is what was derived from a mail's words: subject, text, history, signature, HTML, language, whether a
machine wrote it, and what its tip shows of its first message. What people have worked with since stays: the tip that a
message is in, its status, tags and consent, answers, files, who wrote it and whether a server vouched for them. Nothing
is sent.

Highlights and confirmed facts point to places in a text. A message in which one of them would lose its place is left as
it was, and so is one that this parser can't read.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlmodel import Session, col

from tipline.core import events, search, vault
from tipline.core.arrival import Arrival, Automatic
from tipline.core.counts import counters
from tipline.core.intake.message_rows import READER_VERSION
from tipline.core.readers import seal_signature
from tipline.core.similar.clusters import APART
from tipline.core.text import storable
from tipline.core.tips import automatic, highlights
from tipline.core.triage import automatic_messages, forward_credit
from tipline.db import now
from tipline.errors import SealBroken
from tipline.models import ActorKind, Event, Fact, FactState, Highlight, Ledger, Message, Tip, Verb
from tipline.models.message import PARSED
from tipline.sealing import OpenKey, seal, sealed_by

OLDER = text(PARSED), col(Message.reader_version) > -READER_VERSION, col(Message.reader_version) < READER_VERSION
LEFT = text(PARSED), col(Message.reader_version) == -READER_VERSION
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A message whose raw mail an older parser read."""

    message_id: int
    ledger_id: int
    size: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages were read again; of those, how many show other words now, and how many were left alone."""

    read: int = 0
    changed: int = 0
    left: int = 0

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(self.read + other.read, self.changed + other.changed, self.left + other.left)


def due(session: Session, limit: int) -> list[StoredMail]:
    """Messages that wait to be read again, the newest first."""
    query = (
        select(col(Message.id), col(Message.ledger_id), col(Ledger.size))
        .join(Ledger, col(Ledger.id) == col(Message.ledger_id))
        .where(*OLDER)
        .order_by(col(Message.reader_version).desc(), col(Message.id).desc())
    )
    return [
        StoredMail(message_id, ledger_id, size) for message_id, ledger_id, size in session.execute(query.limit(limit))
    ]


def standing(session: Session) -> tuple[int, int]:
    """How many messages wait to be read again, and how many this version has left as they were."""
    waiting = session.scalar(select(func.count()).select_from(Message).where(*OLDER)) or 0
    return waiting, session.scalar(select(func.count()).select_from(Message).where(*LEFT)) or 0


def retry_left(session: Session) -> None:
    """Let those be read again that this version has left as they were."""
    session.execute(update(Message).where(*LEFT).values(reader_version=0))


def take_in(session: Session, read: Mapping[int, Arrival | None]) -> Progress:
    """Keep what was read of these messages. None: it could not be read. What is gone by now, or was read meanwhile by
    another process, is passed over."""
    tips = _locked(session, read)
    mine = select(Message).where(col(Message.id).in_(read), *OLDER).order_by(col(Message.id))
    done = Progress()
    for message in session.scalars(mine.execution_options(populate_existing=True)).all():
        if message.tip_id in tips:
            done += _take_in(session, tips[message.tip_id], message, read[message.id])
    session.flush()
    return done


def _locked(session: Session, message_ids: Collection[int]) -> dict[int, Tip]:
    of_them = select(col(Message.tip_id)).where(col(Message.id).in_(message_ids))
    query = select(Tip).where(col(Tip.id).in_(of_them)).order_by(col(Tip.id)).with_for_update()
    return {tip.id or 0: tip for tip in session.scalars(query.execution_options(populate_existing=True))}


def _take_in(session: Session, tip: Tip, message: Message, arrival: Arrival | None) -> Progress:
    key = _key(session, message)
    arrival = storable.fitted(arrival) if arrival else None
    if arrival is None or key is None or not _move_marks(session, message, arrival.text):
        message.reader_version = -READER_VERSION
        session.add(message)
        return Progress(read=1, left=1)
    before = _shown(message)
    _show_on_tip(session, tip, message, arrival)
    _derive(session, tip, message, arrival, key)
    kind, by_hand = arrival.automatic, message.id in automatic_messages.decided(session, tip.id or 0)
    if kind is not Automatic.BOUNCE and kind != message.automatic and not by_hand:
        automatic.change(session, tip, message, kind, as_new=True)
    message.reader_version = READER_VERSION
    session.add_all((tip, message))
    session.flush()
    if _shown(message) == before:
        return Progress(read=1)
    tip.updated_at, tip.facts_version = now(), 0
    session.flush()
    search.put(session, tip.id or 0)
    _note(session, message)
    return Progress(read=1, changed=1)


def _shown(message: Message) -> tuple[str, ...]:
    return message.subject, message.text, message.quoted, message.automatic


def _key(session: Session, message: Message) -> OpenKey | None:
    """The key under which the message's own sealed columns lie: of whoever sent it, also where its tip is another's by
    now. None where it is gone."""
    try:
        return vault.key(session, sealed_by(message.headers)) if message.headers else None
    except SealBroken:
        return None


def _move_marks(session: Session, message: Message, after: str) -> bool:
    """Let highlights and facts point to their words in the new text. False, and none is moved, where one can't."""
    if message.text == after:
        return True
    found: list[tuple[Highlight | Fact, Place | None]] = []
    for row in session.scalars(select(Highlight).where(col(Highlight.message_id) == message.id)):
        if highlights.locate(message.text, row.begin, row.passage) is not None:
            found.append((row, highlights.moved(message.text, after, row.begin, row.passage)))
    for fact in session.scalars(select(Fact).where(col(Fact.message_id) == message.id, col(Fact.begin).is_not(None))):
        begin = fact.begin or 0
        found.append((fact, highlights.moved(message.text, after, begin, message.text[begin : fact.until])))
    if any(place is None and not _is_suggested(row) for row, place in found):
        return False
    for marked, place in found:
        if isinstance(marked, Fact):
            marked.begin, marked.until = place or (None, None)
        elif place is not None:
            marked.begin = place[0]
        session.add(marked)
    return True


def _is_suggested(row: Highlight | Fact) -> bool:
    """A suggestion is made anew from the new text."""
    return isinstance(row, Fact) and row.state is FactState.SUGGESTED


def _show_on_tip(session: Session, tip: Tip, message: Message, arrival: Arrival) -> None:
    """What lists show of a tip, where it began with this message and still shows what was read of it."""
    if not automatic.is_first(session, message):
        return
    then = Arrival(message.source, message.text, message.created_at, subject=message.subject)
    if tip.title == storable.title(then):
        tip.title = storable.title(arrival)
    if tip.excerpt == storable.excerpt(then.text):
        tip.excerpt = storable.excerpt(arrival.text)
    if tip.language == message.language != arrival.language:
        before, tip.language = counters.standing(tip), arrival.language
        counters.move(session, tip, before, counters.standing(tip))
    if then.text != arrival.text and tip.fingerprints_version != APART:
        tip.fingerprints_version = 0


def _derive(session: Session, tip: Tip, message: Message, arrival: Arrival, key: OpenKey) -> None:
    """The message's own columns. Sealed ones are written only where they changed."""
    if _opened(session, message, "signature") != arrival.signature:
        message.signature = seal_signature(key, arrival.signature, message.id)
    if _opened(session, message, "html") != arrival.html:
        place = f"message:{message.id}:html"
        message.html = seal(key, arrival.html.encode(), place) if arrival.html else None
    if not forward_credit.was_credited(session, tip):
        if automatic.is_first(session, message):
            tip.forwarded = arrival.forwarded
        writer = arrival.original_author
        if writer != forward_credit.original_author(session, message):
            message.original_author = forward_credit.seal_original_author(key, writer, message.id) if writer else None
    message.subject, message.text, message.quoted = arrival.subject, arrival.text, arrival.quoted
    message.language = arrival.language


def _opened(session: Session, message: Message, column: str) -> str:
    try:
        return vault.open_text(session, getattr(message, column), f"message:{message.id}:{column}")
    except SealBroken:
        return ""


def _note(session: Session, message: Message) -> None:
    """One line of history for a tip and version, however many of its messages show other words."""
    version = str(READER_VERSION)
    told = col(Event.tip_id) == message.tip_id, col(Event.verb) == Verb.REPARSED, col(Event.after) == version
    if session.scalars(select(col(Event.id)).where(*told).limit(1)).first() is None:
        system = ActorKind.SYSTEM
        events.record(session, Verb.REPARSED, by=system, tip_id=message.tip_id, object_id=message.id, after=version)
