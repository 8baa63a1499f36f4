"""The one door: every story, whichever way it came, becomes a tip or one more message of a tip here.

The caller commits. Nothing here looks at the clock twice or at a socket at all, and nothing is refused: what a reader
sent is filed as it is, cut only where a column ends (the raw mail keeps everything).

A form's `arrival.text` is its first long answer, the story itself; `arrival.answers` holds all answers, that one too.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from sqlalchemy import select, text
from sqlmodel import Session, col

from tipline.core import callouts, consent, counters, events, files, readers, receipts, rows, search, threads, vault
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, Attachment, Automatic, ConsentChoice, ContactChoice, Source
from tipline.core.readers import key_of
from tipline.db import is_sqlite, now
from tipline.models import (
    ActorKind,
    Answer,
    Direction,
    Message,
    Reader,
    Status,
    StoredFile,
    Tip,
    Verb,
)
from tipline.sealing import new_id, seal

READER_VERSION = 1  # of the rules that derive a message's text; grows when "read again" is worth it
MAX_SUBJECT, MAX_TITLE, MAX_EXCERPT, MAX_TEXT = 500, 200, 300, 1_000_000
PREFIX = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|回复|答复|转发|回覆|轉寄|轉發)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Filed:
    """Where an arrival went. `submission_key` is what a form's receipt is made from, "" at the other doors."""

    tip_id: int
    message_id: int
    new_tip: bool
    duplicate: bool = False
    submission_key: str = ""


def receive(session: Session, arrival: Arrival, *, by: Actor | None = None, ledger_id: int | None = None) -> Filed:
    """File an arrival: one more message of the tip that it proves to belong to, else a tip of its own.

    `by` is the reporter who typed it in (a phone call), `ledger_id` the row of the raw mail. A form posted twice gives
    the first one's `Filed` again, with `duplicate`. Never commits.
    """
    arrival = _clean(arrival)
    if arrival.submission_id:
        return _receive_form(session, arrival, by)
    if arrival.tip_id is not None:
        tip = session.scalars(select(Tip).where(col(Tip.id) == arrival.tip_id).with_for_update()).one()
        return _add(session, tip, arrival, by, ledger_id)
    if arrival.headers is not None:
        match = threads.match(session, arrival)
        if match.tip is not None:
            return _add(session, match.tip, arrival, by, ledger_id)
        return _make(session, arrival, by, ledger_id, may_belong_to=match.may_belong_to)
    return _make(session, arrival, by, ledger_id)


def fingerprint(arrival: Arrival) -> str:
    """16 hex digits over what a form said, files left out: equal for the same words only."""
    said = (
        arrival.text,
        tuple((answer.question_id, answer.value) for answer in arrival.answers),
        arrival.reader_name,
        arrival.reader_email,
        arrival.reader_phone,
        arrival.consent,
        arrival.contact,
        arrival.contact_note,
    )
    return hashlib.blake2b(repr(said).encode(), digest_size=8).hexdigest()


def attach(session: Session, tip_id: int, message_id: int, attachment: Attachment) -> StoredFile:
    """Add one file to a message that is committed already: a form's files come after its text."""
    tip = session.scalars(select(Tip).where(col(Tip.id) == tip_id).with_for_update()).one()
    stored = files.keep(session, tip, message_id, replace(attachment, name=storable(attachment.name)))
    session.flush()
    search.put(session, tip_id)
    return stored


def storable(value: str) -> str:
    """Text that both databases take: no NUL (PostgreSQL refuses it), no lone surrogates, CR LF as LF."""
    value = value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return value.encode("utf-8", "replace").decode("utf-8")


def _clean(arrival: Arrival) -> Arrival:
    sender = arrival.headers.sender if arrival.headers else None
    return replace(
        arrival,
        text=storable(arrival.text)[:MAX_TEXT],
        quoted=storable(arrival.quoted)[:MAX_TEXT],
        signature=storable(arrival.signature)[:MAX_TEXT],
        html=storable(arrival.html),
        subject=" ".join(storable(arrival.subject).split())[:MAX_SUBJECT],
        language=arrival.language[:20],
        reader_name=" ".join(storable(arrival.reader_name or (sender.name if sender else "")).split()),
        reader_email=storable(arrival.reader_email or (sender.address if sender else "")).strip(),
        reader_phone=storable(arrival.reader_phone).strip(),
        contact_note=storable(arrival.contact_note).strip(),
        answers=tuple(replace(a, value=storable(a.value)[:20_000]) for a in arrival.answers),
        attachments=tuple(replace(a, name=storable(a.name)) for a in arrival.attachments),
    )


def _receive_form(session: Session, arrival: Arrival, by: Actor | None) -> Filed:
    """Same id and same words: the same tip. Same id, other words (a shared computer): a tip of its own, linked."""
    _one_at_a_time(session, arrival.submission_id)
    mark = fingerprint(arrival)
    earlier = session.scalars(
        select(Tip).where(col(Tip.submission_id) == arrival.submission_id).order_by(col(Tip.id))
    ).all()
    for tip in earlier:
        if tip.submission_print == mark:
            assert tip.id is not None
            message_ids = session.scalars(
                select(col(Message.id)).where(col(Message.tip_id) == tip.id).order_by(col(Message.id)).limit(1)
            )
            return Filed(tip.id, message_ids.one(), False, duplicate=True, submission_key=_key(arrival, mark))
    return _make(session, arrival, by, None, may_belong_to=earlier[0].id if earlier else None, mark=mark)


def _key(arrival: Arrival, mark: str) -> str:
    return f"{arrival.submission_id}:{mark}" if mark else ""


def _one_at_a_time(session: Session, name: str) -> None:
    """Let two posts of one form wait for each other. SQLite has one writer anyway."""
    if not is_sqlite(session):
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _make(
    session: Session,
    arrival: Arrival,
    by: Actor | None,
    ledger_id: int | None,
    *,
    may_belong_to: int | None = None,
    mark: str = "",
) -> Filed:
    if arrival.headers is not None and arrival.reader_email:
        _one_at_a_time(session, readers.normal_email(arrival.reader_email))
    reader = readers.reader_of(session, arrival)
    assert reader.id is not None
    written = arrival.received_at
    tip = Tip(
        callout_id=_callout_id(session, arrival),
        reader_id=reader.id,
        source=arrival.source,
        contact=_contact(arrival),
        language=arrival.language,
        title=title_of(arrival),
        excerpt=" ".join(arrival.text[:2000].split())[:MAX_EXCERPT],
        automatic=arrival.automatic is not Automatic.NO,
        forwarded=arrival.forwarded,
        received_at=written,
        updated_at=written,
        reader_wrote_at=written,
        may_belong_to=may_belong_to,
        submission_id=arrival.submission_id or None,
        submission_print=mark or None,
    )
    if mark:
        code = receipts.code_of(session, _key(arrival, mark))
        tip.code_hash = receipts.code_hash(vault.master(session), code)
    session.add(tip)
    session.flush()
    assert tip.id is not None
    counters.move(session, tip, None, counters.standing(tip))
    events.record(session, Verb.RECEIVED, by=by or ActorKind.READER, tip_id=tip.id, after=arrival.source, at=written)
    message_id = _message(session, tip, reader, arrival, by, ledger_id)
    _answers(session, tip.id, reader, arrival)
    if arrival.consent is not ConsentChoice.UNKNOWN:
        consent.record(session, tip, arrival.consent, arrival, by=by)
    session.flush()
    search.put(session, tip.id)
    return Filed(tip.id, message_id, new_tip=True, submission_key=_key(arrival, mark))


def _callout_id(session: Session, arrival: Arrival) -> int:
    callout_id = arrival.callout_id or callouts.general(session).id
    assert callout_id is not None
    return callout_id


def _contact(arrival: Arrival) -> ContactChoice:
    """Who writes by mail may be answered by mail; anybody else has to say how."""
    if arrival.contact is ContactChoice.UNKNOWN and arrival.source is Source.MAIL:
        return ContactChoice.EMAIL
    return arrival.contact


def _add(session: Session, tip: Tip, arrival: Arrival, by: Actor | None, ledger_id: int | None) -> Filed:
    """One more message of a tip. A tip that waited for its reader, or was done with, asks for attention again."""
    assert tip.id is not None
    reader = session.get_one(Reader, tip.reader_id)
    message_id = _message(session, tip, reader, arrival, by, ledger_id)
    events.record(
        session, Verb.MESSAGE, by=by or ActorKind.READER, tip_id=tip.id, object_id=message_id, after=arrival.source
    )
    tip.updated_at = now()
    if arrival.automatic is Automatic.NO:
        tip.reader_wrote_at = max(tip.reader_wrote_at, arrival.received_at, tip.updated_at)
        if tip.status in (Status.WAITING, Status.CLOSED):
            before = counters.standing(tip)
            events.record(
                session, Verb.STATUS, by=ActorKind.SYSTEM, tip_id=tip.id, before=tip.status, after=Status.REVIEWING
            )
            tip.status = Status.REVIEWING
            counters.move(session, tip, before, counters.standing(tip))
    session.add(tip)
    session.flush()
    search.put(session, tip.id)
    return Filed(tip.id, message_id, new_tip=False)


def _message(
    session: Session, tip: Tip, reader: Reader, arrival: Arrival, by: Actor | None, ledger_id: int | None
) -> int:
    assert tip.id is not None
    message_id, key = new_id(), key_of(session, reader)
    headers = arrival.headers
    rows.write(
        session,
        Message,
        id=message_id,
        tip_id=tip.id,
        direction=Direction.IN,
        source=arrival.source,
        author_id=by.account_id if by else None,
        subject=arrival.subject,
        text=arrival.text,
        quoted=arrival.quoted,
        signature=readers.seal_signature(key, arrival.signature, message_id),
        html=seal(key, arrival.html.encode(), f"message:{message_id}:html") if arrival.html else None,
        headers=readers.seal_headers(key, headers, message_id) if headers else None,
        message_id_hash=vault.master(session).lookup_hash("message-id", headers.message_id)
        if headers and headers.message_id
        else "",
        language=arrival.language,
        automatic=arrival.automatic,
        reader_version=READER_VERSION,
        ledger_id=ledger_id,
        sent_at=min(headers.date, now()) if headers and headers.date else arrival.received_at,
        created_at=now(),
    )
    for attachment in arrival.attachments:
        files.keep(session, tip, message_id, attachment)
    return message_id


def _answers(session: Session, tip_id: int, reader: Reader, arrival: Arrival) -> None:
    for position, answer in enumerate(arrival.answers):
        if not answer.value:
            continue
        if answer.identity:
            readers.seal_answer(session, reader, tip_id, answer.question_id, answer.wording, answer.value)
            continue
        session.add(
            Answer(
                id=new_id(),
                tip_id=tip_id,
                question_id=answer.question_id,
                position=position,
                wording=answer.wording[:500],
                value=answer.value,
            )
        )


def title_of(arrival: Arrival) -> str:
    """What lists show: a mail's subject without "Re:" and its like, else the story's first sentence or so."""
    subject = PREFIX.sub("", arrival.subject).strip()
    if subject:
        return subject[:MAX_TITLE]
    first = " ".join(arrival.text[:1000].split())
    sentence = re.split(r"(?<=[.!?])\s|(?<=[。！？])", first, maxsplit=1)[0] if first else ""
    if len(sentence) <= 120:
        return sentence
    cut = sentence[:117]
    return (cut.rsplit(" ", 1)[0] if " " in cut[60:] else cut) + "…"
