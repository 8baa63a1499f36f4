"""An arrival's texts, fitted to what both databases and the lists take."""

import re
from dataclasses import replace
from typing import Any

from tipline.core.arrival import Address, Arrival, GivenAnswer

MAX_SUBJECT, MAX_TITLE, MAX_EXCERPT, MAX_TEXT = 500, 200, 300, 1_000_000
# What a form takes of an answer, and mail too.
SHORT, LONG, EMAIL = 500, 20_000, 254  # characters
ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]+")
PREFIX = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|回复|答复|转发|回覆|轉寄|轉發)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)


def storable(value: str) -> str:
    """Text that both databases take: no NUL (PostgreSQL refuses it), no lone surrogates, CR LF as LF."""
    if value.isascii() and "\0" not in value and "\r" not in value:
        return value
    value = value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return value.encode("utf-8", "replace").decode("utf-8")


def fitted(arrival: Arrival) -> Arrival:
    """The arrival with texts that both databases take, cut where a column ends (the raw mail keeps everything)."""
    sender = arrival.headers.sender if arrival.headers else None
    texts: dict[str, Any] = {
        "text": storable(arrival.text)[:MAX_TEXT],
        "quoted": storable(arrival.quoted)[:MAX_TEXT],
        "signature": storable(arrival.signature)[:MAX_TEXT],
        "html": storable(arrival.html),
        "subject": " ".join(storable(arrival.subject).split())[:MAX_SUBJECT],
        "language": arrival.language[:20],
        "reader_name": " ".join(storable(arrival.reader_name or (sender.name if sender else "")).split()),
        "reader_email": email(arrival),
        "original_author": _storable_address(arrival.original_author),
        "reader_phone": storable(arrival.reader_phone).strip(),
        "contact_note": storable(arrival.contact_note).strip(),
        "answers": tuple(_fitted(answer) for answer in arrival.answers),
        "attachments": tuple(replace(a, name=storable(a.name)) for a in arrival.attachments),
    }
    # mostly everything fits already, and to make another one takes as long as all of this
    fits = all(getattr(arrival, name) == value for name, value in texts.items())
    return arrival if fits else replace(arrival, **texts)


def _fitted(answer: GivenAnswer) -> GivenAnswer:
    value = storable(answer.value)[:LONG]
    return answer if value == answer.value else replace(answer, value=value)


def email(arrival: Arrival) -> str:
    """The address that an arrival comes from, "" for none."""
    sender = arrival.headers.sender if arrival.headers else None
    return storable(arrival.reader_email or (sender.address if sender else "")).strip()


def _storable_address(address: Address | None) -> Address | None:
    return Address(storable(address.address), " ".join(storable(address.name).split())) if address else None


def excerpt(text: str) -> str:
    """How a story begins, on one line, for lists."""
    return " ".join(text[:2000].split())[:MAX_EXCERPT]


def title(arrival: Arrival) -> str:
    """What lists show: a mail's subject without "Re:" and its like, else the story's first sentence or so."""
    subject = PREFIX.sub("", arrival.subject).strip()
    if subject:
        return subject[:MAX_TITLE]
    first = " ".join(arrival.text[:1000].split())
    sentence = re.split(r"(?<=[.!?])\s|(?<=[。！？])", first, maxsplit=1)[0] if first else ""
    if len(sentence) <= 120:
        return sentence
    cut = sentence[:117]
    return (cut.rsplit(" ", 1)[0] if " " in cut[60:] else cut) + "…"
