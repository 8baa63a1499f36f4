"""Automatic mail of ours on its way to a tip's reader: nobody is its author, and it has a place in the conversation."""

from sqlmodel import Session

from tipline.core import events, readers, vault
from tipline.core.arrival import Automatic, Source
from tipline.core.outgoing_mail import Letter
from tipline.models import ActorKind, Direction, MailKind, Message, Outgoing, Reader, SendState, Tip, Verb
from tipline.sealing import new_id, seal


def queue(
    session: Session,
    tip: Tip,
    letter: Letter,
    content: bytes,
    kind: MailKind,
    by: ActorKind,
    *,
    subject: str = "",
    text: str = "",
    language: str = "",
) -> Outgoing:
    """Queue a letter whose bytes are fixed, with the null return path (RFC 3834), in the caller's transaction.

    Subject, text and language are what its message holds for the conversation; a letter with a secret gives none.
    """
    assert tip.id is not None
    message = Message(
        id=new_id(),
        tip_id=tip.id,
        direction=Direction.OUT,
        source=Source.MAIL,
        automatic=Automatic.REPLY,
        sent_at=letter.date,
        created_at=letter.date,
        message_id_hash=vault.master(session).lookup_hash("message-id", letter.message_id),
        subject=subject,
        text=text,
        language=language,
    )
    session.add(message)
    session.flush()
    key, out_id = readers.key_of(session, session.get_one(Reader, tip.reader_id)).key, new_id()
    out = Outgoing(
        id=out_id,
        message_id=message.id,
        tip_id=tip.id,
        state=SendState.QUEUED,
        kind=kind,
        mail_message_id=letter.message_id,
        not_before=letter.date,
        recipient=vault.seal_text(key, letter.recipient, f"outgoing:{out_id}:recipient"),
        content=seal(key, content, f"outgoing:{out_id}:content"),
    )
    session.add(out)
    session.flush()
    events.note(session, Verb.REPLY, by=by, tip_id=tip.id, object_id=message.id, after=kind)
    return out
