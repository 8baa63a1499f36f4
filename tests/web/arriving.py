"""Stories that come in through the one door, for tests of the desk."""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import Session

from tipline.core import intake
from tipline.core.arrival import Address, Arrival, Attachment, ConsentChoice, MailHeaders, Source
from tipline.db import now

STORY = "My son and I were separated at Shanghai. Nobody can tell us when it ends."


def by_mail(
    session: Session,
    callout_id: int,
    text: str = STORY,
    *,
    minutes: int = 0,
    subject: str = "",
    sender: str = "mei.li@reader.example",
    name: str = "Mei Li",
    attachments: Iterable[Attachment] = (),
    quoted: str = "",
    signature: str = "",
    language: str = "en",
) -> int:
    """A mail that was received so many minutes ago; returns its tip's id. Commits."""
    at = now() - timedelta(minutes=minutes)
    address = Address(sender, name)
    headers = MailHeaders(message_id=f"{at.timestamp()}@reader.example", sender=address, senders=(address,), date=at)
    filed = intake.receive(
        session,
        Arrival(
            Source.MAIL, text, at, subject=subject, headers=headers, callout_id=callout_id, quoted=quoted,
            signature=signature, attachments=tuple(attachments), language=language,
        ),
    )  # fmt: skip
    session.commit()
    return filed.tip_id


def by_form(session: Session, callout_id: int, text: str = STORY, *, minutes: int = 0, submission: str = "") -> int:
    """A form by somebody who left no name and no address. Commits."""
    at = now() - timedelta(minutes=minutes)
    filed = intake.receive(
        session,
        Arrival(
            Source.FORM, text, at, callout_id=callout_id, submission_id=submission or f"form-{at.timestamp()}",
            consent=ConsentChoice.ASK, consent_wording="May we publish what you wrote?", language="en",
        ),
    )  # fmt: skip
    session.commit()
    return filed.tip_id
