"""The way to their page for who wrote by mail: a link that opens nothing, and a code sent to the address they wrote
from.

Whoever holds the link alone learns nothing: not whether there is a page, nor whether a code left. A code is eight
digits, good for fifteen minutes and five tries. The right one makes twelve words, and with them the secret link that
every reader's page has; earlier words of a mail's page open nothing from then on.
"""

import secrets
import unicodedata
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from tipline.core import events, outgoing_mail, readers, vault
from tipline.core.outgoing_mail import Letter, Sender, automatic_mail, templates, threads
from tipline.core.readers import receipts
from tipline.core.tips import merged
from tipline.db import now
from tipline.errors import Refused
from tipline.models import (
    ActorKind,
    MailKind,
    Outgoing,
    PageProof,
    SendState,
    Tip,
    Verb,
)
from tipline.vocabularies import ContactChoice

DIGITS, TRIES = 8, 5
CODE_TTL = timedelta(minutes=15)
PAUSE = timedelta(minutes=1)  # between two codes for one tip
HOUR = timedelta(hours=1)
OF_ONE, OF_ALL = 5, 60  # codes within an hour


def tip_of(session: Session, token: str) -> Tip | None:
    """The tip of a mail's link, or the one that it was merged into; None where there is none (any more)."""
    return merged.standing(session, threads.tip_of_page(session, token))


def send(session: Session, token: str, sender: Sender, language: str) -> bool:
    """Queue a code for whoever wrote a tip; False where none goes out, which the page must not tell."""
    tip = tip_of(session, token)
    if tip is None or tip.id is None or tip.contact not in (ContactChoice.EMAIL, ContactChoice.UNKNOWN):
        return False
    session.scalars(select(Tip).where(col(Tip.id) == tip.id).with_for_update()).one()
    address = readers.mail_address(session, tip.reader_id, proven=True)
    if not address or not sender.address or not _has_room(session, tip.id):
        return False
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    if not _queue(session, tip, address, code, sender, language):
        return False
    row = session.get(PageProof, tip.id) or PageProof(tip_id=tip.id, code_hash="", sent_at=now(), expires_at=now())
    row.code_hash, row.attempts, row.sent_at, row.expires_at = _hash(session, tip.id, code), 0, now(), now() + CODE_TTL
    session.add(row)
    session.flush()
    return True


def waits(session: Session, tip_id: int) -> bool:
    """Whether a code is still good for something."""
    row = session.get(PageProof, tip_id)
    return row is not None and row.expires_at > now()


def prove(session: Session, token: str, typed: str) -> str | None:
    """The token of the reader's page, made new, where the code is right; None where it is not. Commit in either case:
    each try counts."""
    tip = proven(session, token, typed)
    if tip is None:
        return None
    code = _code(session, tip)
    tip.code_hash = receipts.code_hash(vault.master(session), code)
    session.add(tip)
    events.record(session, Verb.PAGE_CODE, by=ActorKind.READER, tip_id=tip.id)
    session.flush()
    return receipts.page_token(code)


def proven(session: Session, token: str, typed: str) -> Tip | None:
    """The tip whose reader typed the right code, whose page keeps its words; None where it is wrong. Commit in either
    case: each try counts."""
    tip = tip_of(session, token)
    if tip is None or tip.id is None:
        return None
    query = select(PageProof).where(col(PageProof.tip_id) == tip.id).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None or row.expires_at <= now() or row.attempts >= TRIES:
        return None
    row.attempts += 1
    session.add(row)
    digits = "".join(one for one in unicodedata.normalize("NFKC", typed) if one.isdecimal())
    if not secrets.compare_digest(_hash(session, tip.id, digits), row.code_hash):
        session.flush()
        return None
    session.delete(row)
    session.flush()
    return tip


def _code(session: Session, tip: Tip) -> str:
    """A form's tip keeps its words, which its reader may hold; a mail's gets new ones."""
    if tip.submission_id and tip.submission_print:
        return receipts.code_of(session, f"{tip.submission_id}:{tip.submission_print}")
    return receipts.new_code()


def _has_room(session: Session, tip_id: int) -> bool:
    """Not too many to one address, and not to all together: the page must be no way to fill mailboxes."""
    last, at = session.get(PageProof, tip_id), now()
    if last is not None and at - PAUSE < last.sent_at <= at:
        return False
    return _recent(session, col(Outgoing.tip_id) == tip_id) < OF_ONE and not full(session)


def full(session: Session) -> bool:
    """Whether so many codes were asked for within the hour that nobody gets one now. It says nothing of any link, so
    that the page may tell."""
    return _recent(session) >= OF_ALL


def _recent(session: Session, *which: ColumnElement[bool]) -> int:
    """How many codes were made within the hour."""
    when, at = col(Outgoing.not_before), now()
    # Of those to come, one that waits to be tried again counts; one that left under a clock that was wrong does not.
    recent = when > at - HOUR, or_(when <= at, col(Outgoing.state) == SendState.QUEUED)
    count = select(func.count()).select_from(Outgoing).where(col(Outgoing.kind) == MailKind.PAGE_CODE, *recent)
    return session.scalar(count.where(*which)) or 0


def _hash(session: Session, tip_id: int, code: str) -> str:
    return vault.master(session).lookup_hash("page-code", f"{tip_id}:{code}")


def _queue(session: Session, tip: Tip, address: str, code: str, sender: Sender, language: str) -> bool:
    assert tip.id is not None
    # No word of the story, and nothing that says what the page is about.
    text = templates.render("email_code", language, code=f"{code[:4]} {code[4:]}")
    letter = Letter(
        sender=sender, author="", recipient=address, subject=text.subject, text=text.body,
        message_id=threads.message_id(session, tip.id, sender.address), reply_to=sender.address, date=now(),
    )  # fmt: skip
    try:
        content = outgoing_mail.page_code(letter)
    except Refused:
        return False
    automatic_mail.queue(session, tip, letter, content, MailKind.PAGE_CODE, ActorKind.READER)
    return True
