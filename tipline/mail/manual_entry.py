"""What can be told of a mail that was not read whole: an Arrival that an editor completes by hand."""

from datetime import UTC, datetime, timedelta

from tipline.core.arrival import Address, Arrival, Attachment, MailHeaders, Source
from tipline.mail import envelope, headers

HEAD_BYTES = 64 * 1024  # of the message, in which its headers are looked for
NAME = "message.eml"


def head(raw: bytes) -> tuple[MailHeaders, str]:
    """Who it says it is from, to whom and when, and its subject; empty where even that can't be read."""
    try:
        fields, _, _ = headers.block(raw[:HEAD_BYTES].lstrip(b"\r\n"), 0)
        return envelope.read(fields), headers.text(headers.first(fields, "subject"))
    except Exception:  # noqa: BLE001  the mail was set aside because something trips over it; that may be here
        return MailHeaders(), ""


def arrival(raw: bytes, callout_id: int, words: str, *, attach: bool) -> Arrival:
    """A tip of a mail: its headers, an editor's `words`, and with `attach` the mail itself as a file."""
    found, subject = head(raw)
    now = datetime.now(UTC)
    sane = found.date is not None and found.date < now + timedelta(days=1)
    sender = found.sender or (found.senders[0] if found.senders else Address(""))
    return Arrival(
        source=Source.MAIL,
        text=words,
        received_at=found.date if sane and found.date else now,
        subject=subject,
        callout_id=callout_id,
        attachments=(Attachment(NAME, raw, "message/rfc822"),) if attach else (),
        headers=found,
        reader_name=sender.name,
        reader_email=sender.address,
    )
