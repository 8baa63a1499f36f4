"""Which tip a mail belongs to: our signed token proves the tip, a known address proves the reader; both are needed.

The token stands in the reply address (`china+TOKEN@…`) and in our Message-IDs (`<TOKEN.random@…>`), so it comes back in
To, In-Reply-To or References. It is `tip id in base 36 - 128-bit code in base 32`, lower case, since mail programs
change the case of addresses. The return path of a reply carries one of its own kind, over the reply's id: it proves
which reply a delivery report gives back, and opens no tip.
"""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import (
    access,
    answer_rows,
    counters,
    day_counts,
    events,
    handover,
    joined,
    lessons,
    piles,
    readers,
    reply_drafts,
    search,
    vault,
)
from tipline.core.access import Actor
from tipline.core.arrival import Arrival
from tipline.core.readers import ReaderKey
from tipline.db import now
from tipline.errors import Refused
from tipline.models import (
    Answer,
    AnswerChoice,
    Consent,
    ContactEntry,
    ContactKind,
    IdentityAnswer,
    Ledger,
    Message,
    Note,
    Outgoing,
    Publication,
    Reader,
    ReaderContact,
    ReplyFile,
    StoredFile,
    Task,
    Tip,
    TipTag,
    Verb,
)
from tipline.sealing import sealed_by
from tipline.words import N_

TOKEN = re.compile(r"([0-9a-z]{1,13})-([a-z2-7]{26})")
MAX_LOCAL = 64  # characters before the @
MAX_IDS = 60  # References may be endless; ours is near either end
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Match:
    """`tip` where the mail proved to belong to it; else, maybe, the tip that a person should compare it with."""

    tip: Tip | None = None
    may_belong_to: int | None = None


def token(session: Session, tip_id: int) -> str:
    """The signed token of a tip, at most 40 characters."""
    return _signed(session, "thread", tip_id)


def page_token(session: Session, tip_id: int) -> str:
    """The token of the link to a tip's page that mail carries: it opens nothing without a code sent to the reader."""
    return _signed(session, "page", tip_id)


def tip_of_page(session: Session, token: str) -> int | None:
    """The tip of a genuine `page_token`; None where it is none of ours."""
    return next(iter(_proven(session, "page", token)), None) if TOKEN.fullmatch(token) else None


def _signed(session: Session, purpose: str, number: int) -> str:
    code = vault.master(session).mac(purpose, str(number), size=16)
    return f"{_base36(number)}-{base64.b32encode(code).decode().rstrip('=').lower()}"


def reply_address(session: Session, tip_id: int, address: str) -> str:
    """An address whose replies carry the token (RFC 5233 subaddress)."""
    return _subaddress(address, token(session, tip_id))


def return_path(session: Session, outgoing_id: int, address: str) -> str:
    """Where delivery reports of one mail go: each mail has its own, so that a report proves what it is about."""
    return _subaddress(address, _signed(session, "return", outgoing_id))


def _subaddress(address: str, tag: str) -> str:
    """The plain address where both together are longer than a local part may be (RFC 5321, 4.5.3.1.1)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{tag}@{domain}" if len(local) + len(tag) < MAX_LOCAL else address


def bare(address: str) -> str:
    """An address without the token that `reply_address` or `return_path` put in."""
    local, _, domain = address.rpartition("@")
    before, _, tag = local.rpartition("+")
    return f"{before}@{domain}" if before and TOKEN.fullmatch(tag) else address


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
            tip = joined.standing(session, tip_id, lock=True)
            if tip is None:
                continue
            if _proves(session, tip, arrival):
                return Match(tip=tip)
            found = found or tip.id
    return Match(may_belong_to=found)


def _proves(session: Session, tip: Tip, arrival: Arrival) -> bool:
    """Whether a mail with a tip's token comes from an address that the tip knows. A token leaks with a mail that is
    passed on, and a From is easily made up: where our own server says so, the address proves nothing."""
    sender = arrival.headers.sender if arrival.headers else None
    if sender is None or arrival.sender_confirmed is False:
        return False
    return readers.knows(session, tip.reader_id, sender.address)


def _tip_ids(session: Session, place: str) -> list[int]:
    """The tips whose genuine tokens stand in a piece of a header."""
    return _proven(session, "thread", place)


def outgoing_ids(session: Session, place: str) -> list[int]:
    """The mails of ours whose genuine return-path tokens stand in an address."""
    return _proven(session, "return", place)


def _proven(session: Session, purpose: str, place: str) -> list[int]:
    master, found = vault.master(session), []
    for number, code in TOKEN.findall(place.casefold()):
        try:
            given = base64.b32decode(code.upper() + "=" * 6)
        except binascii.Error:
            continue
        proven = int(number, 36)
        if len(given) == 16 and master.mac_is(purpose, str(proven), given):
            found.append(proven)
    return found


NOT_LINKED = N_("This tip can only be joined to the one that it may belong to.")
ALREADY = N_("This tip is joined already.")
ITSELF = N_("The tip that this one may belong to was joined into this one.")


def join(session: Session, tip_id: int, by: Actor, today: date | None = None) -> int:
    """Move everything of a tip into the one it may belong to, and teach that one's reader the sender's addresses.

    Where that one was joined itself meanwhile, the one that stands for it is meant. Of two answers to one question the
    newer stays, and the stricter of two consents counts. Returns the target's id. The emptied tip stays, points to its
    target, and is in no list. NotVisible where the person may not see both; Refused where there is nothing to join.
    """
    tip = access.tip_to_work(session, tip_id, by)
    if tip.joined_into is not None:
        raise Refused(ALREADY)
    if tip.may_belong_to is None:
        raise Refused(NOT_LINKED)
    stands = joined.standing(session, tip.may_belong_to, lock=True)
    target = access.tip_to_work(session, stands.id if stands and stands.id else 0, by)
    assert tip.id is not None and target.id is not None
    if target.id == tip.id:
        raise Refused(ITSELF)
    lessons.take_back(session, [tip.id])
    if tip.reader_id != target.reader_id:
        _teach(session, tip.reader_id, readers.key_of(session, session.get_one(Reader, target.reader_id)))
        _reseal_messages(session, tip, target)
    withheld = answer_rows.join(session, tip.id, target.id)
    moved = (
        Message, StoredFile, Answer, AnswerChoice, IdentityAnswer, Note, Consent, Publication, Outgoing, Ledger,
        ReplyFile, ContactEntry, Task,
    )  # fmt: skip
    for table in moved:
        for row in session.scalars(select(table).where(col(table.tip_id) == tip.id)):
            row.tip_id = target.id
    _tags(session, tip.id, target.id)
    reply_drafts.move(session, tip.id, target.id)
    counters.move(session, tip, counters.standing(tip), None)
    day_counts.joined(tip, target)
    tip.joined_into = target.id
    target.photos, target.files = target.photos + tip.photos, target.files + tip.files
    target.reader_wrote_at, target.updated_at = max(target.reader_wrote_at, tip.reader_wrote_at), now()
    events.record(session, Verb.JOINED, by=by, tip_id=target.id, object_id=tip.id)
    events.record(session, Verb.JOINED, by=by, tip_id=tip.id, after=str(target.id))
    session.flush()
    handover.joined(session, target, tip, withheld, by, today or now().date())
    piles.forget(session, tip.id)
    search.remove(session, tip.id)
    search.put(session, target.id)
    return target.id


def _teach(session: Session, from_reader: int, to: ReaderKey) -> None:
    """Copy addresses and phones: the next mail from there joins by itself."""
    for contact in session.scalars(select(ReaderContact).where(col(ReaderContact.reader_id) == from_reader)).all():
        value = vault.open_text(session, contact.value, f"reader_contact:{contact.id}:value")
        readers.add_contact(session, to, ContactKind(contact.kind), value, proven=contact.proven)


def _reseal_messages(session: Session, tip: Tip, target: Tip) -> None:
    """Sealed columns follow the reader, so that erasing the reader erases them. What is sealed for whoever passed the
    tip on stays theirs."""
    tip_id, former = tip.id, session.get_one(Reader, tip.reader_id).key_id
    key = readers.key_of(session, session.get_one(Reader, target.reader_id)).key
    for message in session.scalars(select(Message).where(col(Message.tip_id) == tip_id)):
        for column in ("headers", "signature", "html", "said_by"):
            sealed = getattr(message, column)
            if sealed is not None and sealed_by(sealed) == former:
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
