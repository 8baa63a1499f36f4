"""Which tip a mail belongs to: our signed token proves the tip, a known address proves the reader; both are needed.

The token stands in the reply address (`china+TOKEN@…`) and in our Message-IDs (`<TOKEN.random@…>`), so it comes back in
To, In-Reply-To or References. It is `tip id in base 36 - 128-bit code in base 32`, lower case, since mail programs
change the case of addresses.
"""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, counters, events, readers, search, vault
from tipline.core.access import Actor
from tipline.core.arrival import Arrival
from tipline.core.readers import ReaderKey
from tipline.db import now
from tipline.errors import Refused
from tipline.models import (
    Answer,
    Consent,
    ContactKind,
    IdentityAnswer,
    Ledger,
    Message,
    Note,
    Outgoing,
    Reader,
    ReaderContact,
    StoredFile,
    Tip,
    TipTag,
    Verb,
)
from tipline.words import N_

TOKEN = re.compile(r"([0-9a-z]{1,13})-([a-z2-7]{26})")
MAX_IDS = 60  # References may be endless; ours is near either end
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Match:
    """`tip` where the mail proved to belong to it; else, maybe, the tip that a person should compare it with."""

    tip: Tip | None = None
    may_belong_to: int | None = None


def token(session: Session, tip_id: int) -> str:
    """The signed token of a tip, at most 40 characters."""
    code = vault.master(session).mac("thread", str(tip_id), size=16)
    return f"{_base36(tip_id)}-{base64.b32encode(code).decode().rstrip('=').lower()}"


def reply_address(session: Session, tip_id: int, address: str) -> str:
    """An address whose replies carry the token (RFC 5233 subaddress)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token(session, tip_id)}@{domain}"


def message_id(session: Session, tip_id: int, address: str) -> str:
    """A fresh Message-ID, without brackets, that carries the token (RFC 5322, 3.6.4)."""
    domain = address.rpartition("@")[2] or "tipline.invalid"
    return f"{token(session, tip_id)}.{secrets.token_hex(6)}@{domain}"


def match(session: Session, arrival: Arrival) -> Match:
    """Find an incoming mail's tip. A stranger with a token gets a tip of their own, which says where it may belong."""
    headers = arrival.headers
    if headers is None:
        return Match()
    addresses = [a.address.partition("@")[0].rpartition("+")[2] for a in headers.to[:MAX_IDS]]
    ids = [*headers.in_reply_to[:MAX_IDS], *headers.references[:MAX_IDS], *headers.references[-MAX_IDS:]]
    found = None
    for place in (*addresses, *ids):
        for tip_id in _tip_ids(session, place):
            tip = _live(session, tip_id)
            if tip is None:
                continue
            sender = headers.sender
            if sender is not None and readers.knows(session, tip.reader_id, sender.address):
                return Match(tip=tip)
            found = found or tip.id
    return Match(may_belong_to=found)


def _tip_ids(session: Session, place: str) -> list[int]:
    """The tips whose genuine tokens stand in a piece of a header."""
    master, found = vault.master(session), []
    for number, code in TOKEN.findall(place.casefold()):
        try:
            given = base64.b32decode(code.upper() + "=" * 6)
        except binascii.Error:
            continue
        tip_id = int(number, 36)
        if len(given) == 16 and master.mac_is("thread", str(tip_id), given):
            found.append(tip_id)
    return found


def _live(session: Session, tip_id: int) -> Tip | None:
    """The tip of an id, or the one that it was joined into; locked for a change."""
    for _ in range(10):
        tip = session.scalars(select(Tip).where(col(Tip.id) == tip_id).with_for_update()).one_or_none()
        if tip is None or tip.joined_into is None:
            return tip
        tip_id = tip.joined_into
    return None


NOT_LINKED = N_("This tip can only be joined to the one that it may belong to.")
ALREADY = N_("This tip is joined already.")


def join(session: Session, tip_id: int, by: Actor) -> int:
    """Move everything of a tip into the one it may belong to, and teach that one's reader the sender's addresses.

    Returns the target's id. The emptied tip stays, points to its target, and is in no list. NotVisible where the
    person may not see both; Refused where there is nothing to join.
    """
    tip = access.tip_to_work(session, tip_id, by)
    if tip.joined_into is not None:
        raise Refused(ALREADY)
    if tip.may_belong_to is None:
        raise Refused(NOT_LINKED)
    target = access.tip_to_work(session, tip.may_belong_to, by)
    assert tip.id is not None and target.id is not None
    if tip.reader_id != target.reader_id:
        _teach(session, tip.reader_id, readers.key_of(session, session.get_one(Reader, target.reader_id)))
        _reseal_messages(session, tip.id, target)
    for table in (Message, StoredFile, Answer, IdentityAnswer, Note, Consent, Outgoing, Ledger):
        for row in session.scalars(select(table).where(col(table.tip_id) == tip.id)):
            row.tip_id = target.id
    _tags(session, tip.id, target.id)
    counters.move(session, tip, counters.standing(tip), None)
    tip.joined_into = target.id
    target.photos, target.files = target.photos + tip.photos, target.files + tip.files
    target.reader_wrote_at, target.updated_at = max(target.reader_wrote_at, tip.reader_wrote_at), now()
    events.record(session, Verb.JOINED, by=by, tip_id=target.id, object_id=tip.id)
    events.record(session, Verb.JOINED, by=by, tip_id=tip.id, after=str(target.id))
    session.flush()
    search.remove(session, tip.id)
    search.put(session, target.id)
    return target.id


def _teach(session: Session, from_reader: int, to: ReaderKey) -> None:
    """Copy addresses and phones: the next mail from there joins by itself."""
    for contact in session.scalars(select(ReaderContact).where(col(ReaderContact.reader_id) == from_reader)).all():
        value = vault.open_text(session, contact.value, f"reader_contact:{contact.id}:value")
        readers.add_contact(session, to, ContactKind(contact.kind), value, proven=contact.proven)


def _reseal_messages(session: Session, tip_id: int, target: Tip) -> None:
    """Sealed columns follow the reader, so that erasing the reader erases them."""
    reader = session.get_one(Reader, target.reader_id)
    key = readers.key_of(session, reader).key
    for message in session.scalars(select(Message).where(col(Message.tip_id) == tip_id)):
        for column in ("headers", "signature", "html"):
            sealed = getattr(message, column)
            if sealed is not None:
                plain = vault.open_text(session, sealed, f"message:{message.id}:{column}")
                setattr(message, column, vault.seal_text(key, plain, f"message:{message.id}:{column}"))
    for answer in session.scalars(select(IdentityAnswer).where(col(IdentityAnswer.tip_id) == tip_id)):
        place = f"identity_answer:{answer.id}:value"
        answer.value = vault.seal_text(key, vault.open_text(session, answer.value, place), place)
        answer.reader_id = target.reader_id
    for row in session.scalars(select(Outgoing).where(col(Outgoing.tip_id) == tip_id)):
        for column in ("recipient", "content"):
            sealed = getattr(row, column)
            if sealed is not None:
                place = f"outgoing:{row.id}:{column}"
                setattr(row, column, vault.seal_text(key, vault.open_text(session, sealed, place), place))


def _tags(session: Session, tip_id: int, target_id: int) -> None:
    have = set(session.scalars(select(col(TipTag.tag_id)).where(col(TipTag.tip_id) == target_id)))
    for row in session.scalars(select(TipTag).where(col(TipTag.tip_id) == tip_id)).all():
        session.delete(row)
        if row.tag_id not in have:
            session.add(TipTag(tip_id=target_id, tag_id=row.tag_id))


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
        if not number:
            return digits
