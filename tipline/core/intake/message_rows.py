"""A message of a reader as a row, and its files: sealed where they tell who wrote it."""

from sqlmodel import Session

from tipline.core import files, readers, row_batches, vault
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, MailHeaders
from tipline.core.intake import form_keys
from tipline.core.readers import ReaderKey
from tipline.core.triage import forward_credit
from tipline.db import now
from tipline.models import Direction, Message, SenderCheck
from tipline.sealing import new_id, seal

READER_VERSION = 4  # of the rules that derive a message's text; raise it when stored mail should be read again


def write(
    session: Session,
    tip_id: int,
    reader: ReaderKey,
    arrival: Arrival,
    by: Actor | None,
    ledger_id: int | None,
    *,
    fresh: bool = False,
    key: str = "",
) -> int:
    """Add what arrived to a tip; returns the message's id. `fresh`: the tip was made just now, and has no files. `key`:
    of the form that it came by."""
    message_id, sealing = new_id(), reader.key
    headers = arrival.headers
    row_batches.write(
        session,
        Message,
        id=message_id,
        tip_id=tip_id,
        direction=Direction.IN,
        source=arrival.source,
        author_id=by.account_id if by else None,
        subject=arrival.subject,
        text=arrival.text,
        quoted=arrival.quoted,
        signature=readers.seal_signature(sealing, arrival.signature, message_id),
        html=seal(sealing, arrival.html.encode(), f"message:{message_id}:html") if arrival.html else None,
        headers=readers.seal_headers(sealing, headers, message_id) if headers else None,
        original_author=forward_credit.seal_original_author(sealing, arrival.original_author, message_id)
        if arrival.original_author
        else None,
        sender_check=_sender_check(arrival),
        message_id_hash=form_keys.hashed(session, key) if key else _hash_of_id(session, headers),
        language=arrival.language,
        automatic=arrival.automatic,
        reader_version=READER_VERSION,
        ledger_id=ledger_id,
        sent_at=min(headers.date, now()) if headers and headers.date else arrival.received_at,
        created_at=now(),
    )
    for attachment in arrival.attachments:
        files.keep(session, tip_id, message_id, attachment, fresh=fresh)
    return message_id


def _hash_of_id(session: Session, headers: MailHeaders | None) -> str:
    return vault.master(session).lookup_hash("message-id", headers.message_id) if headers and headers.message_id else ""


def _sender_check(arrival: Arrival) -> SenderCheck:
    if arrival.sender_confirmed is None:
        return SenderCheck.NONE
    return SenderCheck.CONFIRMED if arrival.sender_confirmed else SenderCheck.NOT_CONFIRMED
