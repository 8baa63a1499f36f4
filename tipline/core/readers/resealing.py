"""Sealed columns follow the reader, so that erasing the reader erases them."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import readers, vault
from tipline.models import IdentityAnswer, Message, Outgoing, Reader
from tipline.sealing import OpenKey, sealed_by

OF_MESSAGE = ("headers", "signature", "html", "original_author")
OF_OUTGOING = ("recipient", "content")


def messages(session: Session, ids: Collection[int], former: int, to: int) -> None:
    """Seal what messages hold of a former reader for another. What is sealed for whoever passed the tip on stays
    theirs."""
    key, of_former = _key(session, to), session.get_one(Reader, former).key_id
    for row in session.scalars(select(Message).where(col(Message.id).in_(ids))).all():
        for column in OF_MESSAGE:
            sealed = getattr(row, column)
            if sealed is not None and sealed_by(sealed) == of_former:
                setattr(row, column, _again(session, key, sealed, f"message:{row.id}:{column}"))
    for out in session.scalars(select(Outgoing).where(col(Outgoing.message_id).in_(ids))).all():
        for column in OF_OUTGOING:
            if (sealed := getattr(out, column)) is not None:
                setattr(out, column, _again(session, key, sealed, f"outgoing:{out.id}:{column}"))
    session.flush()


def answers(session: Session, ids: Collection[int], to: int) -> None:
    """Make answers that say who somebody is another reader's."""
    key = _key(session, to)
    for row in session.scalars(select(IdentityAnswer).where(col(IdentityAnswer.id).in_(ids))).all():
        row.value = _again(session, key, row.value, f"identity_answer:{row.id}:value")
        row.reader_id = to
    session.flush()


def _key(session: Session, reader_id: int) -> OpenKey:
    return readers.key_of(session, session.get_one(Reader, reader_id)).key


def _again(session: Session, key: OpenKey, sealed: bytes, place: str) -> bytes:
    return vault.seal_text(key, vault.open_text(session, sealed, place), place)
