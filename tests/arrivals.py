"""Arrivals as the form and the poller make them, for tests: one line each."""

from datetime import UTC, datetime
from typing import Any

from tipline.core.arrival import Address, Arrival, MailHeaders, Source

JUNE = datetime(2021, 6, 22, 1, 2, tzinfo=UTC)


def mail(
    text: str = "I have been stuck in Shanghai since January.",
    *,
    sender: str = "mei@mail.example",
    name: str = "Mei Chen",
    to: str = "borders@meridian.example",
    message_id: str = "one@mail.example",
    answers: tuple[str, ...] = (),
    **more: Any,
) -> Arrival:
    """A mail; `answers` are the ids in its References."""
    address = Address(sender, name)
    headers = MailHeaders(
        message_id=message_id,
        references=answers,
        in_reply_to=answers[-1:],
        sender=address,
        senders=(address,),
        to=(Address(to),),
        date=JUNE,
    )
    return Arrival(Source.MAIL, text, JUNE, headers=headers, **{"subject": "Stranded", "language": "en", **more})


def form(text: str = "My son is in Boston and I am in Wuhan.", **more: Any) -> Arrival:
    """A form's submission."""
    return Arrival(Source.FORM, text, JUNE, **{"submission_id": "s" * 22, "language": "en", **more})
