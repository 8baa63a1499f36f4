"""Who readers are. Everything here is sealed; short names are shown in lists, the rest behind the identity panel."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from tipline.core import access, events, row_batches, vault
from tipline.core.access import Actor
from tipline.core.arrival import Address, Arrival, MailHeaders, Source
from tipline.core.readers.display_names import short
from tipline.core.session_cache import once
from tipline.db import now
from tipline.errors import NotAllowed
from tipline.models import ContactKind, DataKey, IdentityAnswer, Message, Reader, ReaderContact, Tip, Verb
from tipline.sealing import OpenKey, new_id, seal
from tipline.vocabularies import N_

MAX_NAME = 200
READS_ONLY = N_("Your role does not open identities. Ask an editor if it should.")


@dataclass(frozen=True, slots=True)
class MailIdentity:
    """What the headers of one mail say of its sender. Addresses as written, decoded."""

    message_id: int
    subject: str
    headers: dict[str, Any]
    signature: str


@dataclass(frozen=True, slots=True)
class Identity:
    """All that we know of who a reader is; only `identity` makes one, and records that it did."""

    name: str
    emails: list[tuple[str, bool]]  # address, proven by a mail from there
    phones: list[str]
    contact_note: str
    answers: list[tuple[str, str]]  # wording, what they put
    mails: list[MailIdentity] = field(default_factory=list)


def normal_email(address: str) -> str:
    """The form under which an address is looked up: NFC, lower case, no white space around."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def normal_phone(phone: str) -> str:
    """The form under which a phone is looked up: its digits, with + where the number is international."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    return ("+" if phone.strip().startswith(("+", "00")) else "") + digits.removeprefix("00")


def find_by_email(session: Session, address: str) -> list[int]:
    """The ids of readers who have an address, oldest first."""
    return _find(session, ContactKind.EMAIL, normal_email(address))


def _find(session: Session, kind: ContactKind, normal: str) -> list[int]:
    hashed = vault.master(session).lookup_hash(kind, normal)
    return list(
        session.scalars(
            select(col(ReaderContact.reader_id))
            .where(col(ReaderContact.lookup_hash) == hashed, col(ReaderContact.kind) == kind)
            .order_by(col(ReaderContact.reader_id))
        )
    )


def knows(session: Session, reader_id: int, address: str) -> bool:
    """Whether an address is one that this reader has written from or given us."""
    return reader_id in find_by_email(session, address)


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """Whose reader's a row is, and the data key that seals it."""

    id: int
    key: OpenKey
    name: str = field(default="", repr=False)
    is_known: bool = False  # already before the arrival in hand


def key_of(session: Session, reader: Reader) -> ReaderKey:
    """The key of a reader who is known already."""
    assert reader.id is not None
    name = vault.open_text(session, reader.name, _place(reader.key_id, "name"))
    return ReaderKey(reader.id, vault.key(session, reader.key_id), name, is_known=True)


def meet(session: Session, addresses: Iterable[str]) -> None:
    """Look up in one query who writes from these addresses, for the `reader_of` of each, in this transaction."""
    hashes = {_lookup_hash(session, ContactKind.EMAIL, address) for address in addresses}
    found = session.execute(
        select(col(ReaderContact.lookup_hash), func.min(col(ReaderContact.reader_id)))
        .where(col(ReaderContact.lookup_hash).in_(hashes), col(ReaderContact.proven))
        .group_by(col(ReaderContact.lookup_hash))
    )
    _met(session).update(dict.fromkeys(hashes) | dict(found.all()))


def _met(session: Session) -> dict[str, int | None]:
    """Readers by the hash of an address, None for nobody, as far as this transaction has looked."""
    return row_batches.remembered(session, "readers by address")


def reader_of(session: Session, arrival: Arrival) -> ReaderKey:
    """The reader of an arrival: the one who already writes from the mail's address, else a new one.

    An address typed into a form proves nothing, so a form always makes a reader of its own.
    """
    if arrival.headers is not None and arrival.reader_email and arrival.sender_confirmed is not False:
        reader_id = _proven(session, arrival.reader_email)
        reader = session.get(Reader, reader_id) if reader_id is not None else None
        if reader is not None:
            return learn(session, reader, arrival)
    return _new(session, arrival)


def _proven(session: Session, address: str) -> int | None:
    hashed = _lookup_hash(session, ContactKind.EMAIL, address)
    if hashed in (met := _met(session)):
        return met[hashed]
    return session.scalar(
        select(func.min(col(ReaderContact.reader_id))).where(
            col(ReaderContact.lookup_hash) == hashed, col(ReaderContact.proven)
        )
    )


def _new(session: Session, arrival: Arrival) -> ReaderKey:
    """A reader of whom nothing is known but what the arrival says."""
    name, note = arrival.reader_name[:MAX_NAME], arrival.contact_note
    reader = ReaderKey(row_batches.next_id(session, Reader), vault.new_key(session), name)
    row_batches.write(
        session,
        Reader,
        id=reader.id,
        key_id=reader.key.id,
        **_named(reader.key, name),
        contact_note=vault.seal_text(reader.key, note, _place(reader.key.id, "contact_note")) if note else None,
        created_at=now(),
    )
    if arrival.reader_email:
        proven = arrival.headers is not None and arrival.sender_confirmed is not False
        _write_contact(session, reader, ContactKind.EMAIL, arrival.reader_email, proven=proven)
    if arrival.reader_phone:
        _write_contact(session, reader, ContactKind.PHONE, arrival.reader_phone, proven=False)
    return reader


def named(session: Session, person: Address) -> ReaderKey:
    """A new reader of whom somebody else told us: the address, if there is one, is not proven."""
    email = person.address if "@" in person.address else ""
    told = Arrival(Source.MAIL, "", now(), reader_name=person.name, reader_email=email)
    return _new(session, told)


def learn(session: Session, known: Reader, arrival: Arrival) -> ReaderKey:
    """Add to a reader what an arrival says of them that was not known yet."""
    reader = key_of(session, known)
    if arrival.reader_name and known.name is None:
        for column, value in _named(reader.key, arrival.reader_name[:MAX_NAME]).items():
            setattr(known, column, value)
        _name_documents(session, reader.id)
        reader = key_of(session, known)
    if arrival.contact_note:
        known.contact_note = vault.seal_text(reader.key, arrival.contact_note, _place(reader.key.id, "contact_note"))
    session.add(known)
    if arrival.reader_email:
        add_contact(session, reader, ContactKind.EMAIL, arrival.reader_email, proven=arrival.headers is not None)
    if arrival.reader_phone:
        add_contact(session, reader, ContactKind.PHONE, arrival.reader_phone)
    return reader


def _name_documents(session: Session, reader_id: int) -> None:
    """The worker makes the documents of all tips of the reader anew: their name or an address is new."""
    session.execute(update(Tip).where(col(Tip.reader_id) == reader_id).values(tokens_version=0))


def _named(key: OpenKey, name: str) -> dict[str, bytes | None]:
    """A name and its short form as sealed columns."""
    brief = short(name)
    return {
        "name": vault.seal_text(key, name, _place(key.id, "name")) if name else None,
        "short_name": vault.seal_text(key, brief, _place(key.id, "short_name")) if brief else None,
    }


def name_of(session: Session, key_id: int, sealed: bytes | None) -> str:
    """The name in a reader's row, "" for none. The caller has asked `access`."""
    return vault.open_text(session, sealed, _place(key_id, "name"))


def _place(key_id: int, column: str) -> str:
    """Where a reader's own column is sealed for. The row goes by its data key, which is known before the row is."""
    return f"reader:{key_id}:{column}"


def add_contact(session: Session, reader: ReaderKey, kind: ContactKind, value: str, *, proven: bool = False) -> None:
    """Teach a reader an address or phone; one that is known becomes proven where this time it is."""
    known = _contact(session, reader.id, kind, _lookup_hash(session, kind, value))
    if known is None:
        _write_contact(session, reader, kind, value, proven=proven)
        _name_documents(session, reader.id)
    else:
        known.proven = known.proven or proven


def _lookup_hash(session: Session, kind: ContactKind, value: str) -> str:
    known = row_batches.remembered(session, f"hashes of {kind}")
    if value not in known:
        normal = normal_email(value) if kind is ContactKind.EMAIL else normal_phone(value)
        known[value] = vault.master(session).lookup_hash(kind, normal)
    hashed: str = known[value]
    return hashed


def _write_contact(session: Session, reader: ReaderKey, kind: ContactKind, value: str, *, proven: bool) -> None:
    row_id, hashed = new_id(), _lookup_hash(session, kind, value)
    if proven and hashed in (met := _met(session)) and met[hashed] is None:
        met[hashed] = reader.id
    row_batches.write(
        session,
        ReaderContact,
        id=row_id,
        reader_id=reader.id,
        kind=kind,
        value=vault.seal_text(reader.key, value.strip(), f"reader_contact:{row_id}:value"),
        lookup_hash=hashed,
        proven=proven,
        created_at=now(),
    )


def _contact(session: Session, reader_id: int, kind: ContactKind, hashed: str) -> ReaderContact | None:
    return session.scalars(
        select(ReaderContact).where(
            col(ReaderContact.reader_id) == reader_id,
            col(ReaderContact.kind) == kind,
            col(ReaderContact.lookup_hash) == hashed,
        )
    ).one_or_none()


def seal_answer(session: Session, reader: ReaderKey, tip_id: int, question_id: int, wording: str, value: str) -> None:
    """Keep the answer to an identity question with the reader, sealed."""
    row_id = new_id()
    session.add(
        IdentityAnswer(
            id=row_id,
            reader_id=reader.id,
            tip_id=tip_id,
            question_id=question_id,
            wording=wording[:500],
            value=vault.seal_text(reader.key, value, f"identity_answer:{row_id}:value"),
        )
    )


def seal_headers(key: OpenKey, headers: MailHeaders, message_id: int) -> bytes:
    """The headers of a mail as a sealed column of its message."""
    value = {
        "message_id": headers.message_id,
        "references": [*headers.references, *headers.in_reply_to],
        "from": [[a.name, a.address] for a in headers.senders],
        "reply_to": [[a.name, a.address] for a in headers.reply_to],
        "to": [[a.name, a.address] for a in headers.places][:50],
        "date": headers.date.isoformat() if headers.date else "",
    }
    return vault.seal_json(key, value, f"message:{message_id}:headers")


def open_headers(session: Session, message: Message) -> dict[str, Any]:
    """The headers of a message, {} where it is no mail."""
    if message.headers is None:
        return {}
    opened: dict[str, Any] = vault.open_json(session, message.headers, f"message:{message.id}:headers")
    return opened


def seal_signature(key: OpenKey, signature: str, message_id: int) -> bytes | None:
    """The signature of a message as a sealed column: it names the reader."""
    return seal(key, signature.encode(), f"message:{message_id}:signature") if signature else None


class Numbered(str):
    """What a reader is called where their name is unknown or may not be shown. A page says it in its own language."""

    reader_id: int

    def __new__(cls, reader_id: int) -> "Numbered":
        made = super().__new__(cls, f"Reader {reader_id}")
        made.reader_id = reader_id
        return made


def short_name(session: Session, tip: Tip, by: Actor) -> str:
    """What lists and conversations call a tip's reader, for this person."""
    assert tip.id is not None
    tip_id = tip.id
    return once(session, "short name", (tip_id, by), lambda: short_names(session, [tip], by)[tip_id])


def short_names(session: Session, tips: Iterable[Tip], by: Actor) -> dict[int, str]:
    """Short names by tip id. "Reader 412" for viewers, on restricted tips, and where there is no name."""
    tips = list(tips)
    shown = {tip.reader_id for tip in tips if access.sees_identity(tip, by)}
    names = short_names_of(session, shown)
    return {tip.id: names.get(tip.reader_id) or Numbered(tip.reader_id) for tip in tips if tip.id is not None}


def short_names_of(session: Session, reader_ids: set[int]) -> dict[int, str]:
    """Short names by reader id, of those who have one. The caller has asked `access.sees_identity`."""
    named = col(Reader.id).in_(reader_ids), col(Reader.short_name).is_not(None)
    columns = select(col(Reader.id), col(Reader.key_id), col(Reader.short_name), col(DataKey.wrapped))
    wanted = columns.join(DataKey, col(DataKey.id) == col(Reader.key_id)).where(*named)
    readers = session.execute(wanted).all() if reader_ids else []  # no objects: a list asks for fifty at once
    vault.unwrap(session, ((key_id, wrapped) for _, key_id, _, wrapped in readers))
    # Made short once more: older versions kept some names as they were.
    opened = (
        (reader_id, short(vault.open_text(session, short_name, _place(key_id, "short_name"))))
        for reader_id, key_id, short_name, _ in readers
    )
    return {reader_id: name for reader_id, name in opened if reader_id is not None and name}


def unsealed(session: Session, reader: Reader) -> tuple[str, str]:
    """A reader's name, and how it is safe to reach them. The caller has asked `access` and records it."""
    name = vault.open_text(session, reader.name, _place(reader.key_id, "name"))
    return name, vault.open_text(session, reader.contact_note, _place(reader.key_id, "contact_note"))


def identity(session: Session, tip_id: int, by: Actor) -> Identity:
    """Everything about who wrote a tip. NotVisible, NotAllowed (viewers); records IDENTITY_SEEN."""
    tip = access.tip(session, tip_id, by)
    if not by.works_tips:
        raise NotAllowed(READS_ONLY)
    reader = session.get_one(Reader, tip.reader_id)
    contacts = session.scalars(
        select(ReaderContact).where(col(ReaderContact.reader_id) == reader.id).order_by(col(ReaderContact.id))
    ).all()
    opened = [(c, vault.open_text(session, c.value, f"reader_contact:{c.id}:value")) for c in contacts]
    answers = session.scalars(
        select(IdentityAnswer).where(col(IdentityAnswer.tip_id) == tip_id).order_by(col(IdentityAnswer.id))
    ).all()
    mails = session.scalars(
        select(Message)
        .where(col(Message.tip_id) == tip_id, col(Message.headers).is_not(None))
        .order_by(col(Message.sent_at), col(Message.id))
    ).all()
    events.record(session, Verb.IDENTITY_SEEN, by=by, tip_id=tip_id, object_id=reader.id)
    name, contact_note = unsealed(session, reader)
    return Identity(
        name=name,
        emails=[(value, c.proven) for c, value in opened if c.kind is ContactKind.EMAIL],
        phones=[value for c, value in opened if c.kind is ContactKind.PHONE],
        contact_note=contact_note,
        answers=[(a.wording, vault.open_text(session, a.value, f"identity_answer:{a.id}:value")) for a in answers],
        mails=[
            MailIdentity(
                m.id,
                m.subject,
                open_headers(session, m),
                vault.open_text(session, m.signature, f"message:{m.id}:signature"),
            )
            for m in mails
        ],
    )


def person(session: Session, reader_id: int) -> Address | None:
    """A reader's name and address in full; None where they are gone. The caller has recorded that they are shown."""
    reader = session.get(Reader, reader_id)
    if reader is None:
        return None
    name = vault.open_text(session, reader.name, _place(reader.key_id, "name"))
    return Address(mail_address(session, reader_id), name)


def mail_address(session: Session, reader_id: int, *, proven: bool = False) -> str:
    """Where mail to a reader goes: the proven address they wrote from last, else the one they gave; "" for none.

    `proven`: only one that they wrote from.
    """
    wanted = [col(ReaderContact.proven)] if proven else []
    contact = session.scalars(
        select(ReaderContact)
        .where(col(ReaderContact.reader_id) == reader_id, col(ReaderContact.kind) == ContactKind.EMAIL, *wanted)
        .order_by(col(ReaderContact.proven).desc(), col(ReaderContact.id).desc())
        .limit(1)
    ).one_or_none()
    return vault.open_text(session, contact.value, f"reader_contact:{contact.id}:value") if contact else ""
