"""A story that arrives, in one shape whatever its source.

Mail, the web form, the reader's page and a reporter who types in a phone call all make an `Arrival`;
`core.intake.receive` is the only thing that turns one into a tip. Nothing here touches a database.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tipline.sealing.chunks import Plain, Readable
from tipline.vocabularies import ConsentChoice, ContactChoice, Sign, Source

__all__ = [
    "Address",
    "Arrival",
    "Attached",
    "Attachment",
    "Automatic",
    "ConsentChoice",
    "ContactChoice",
    "DeliveryReport",
    "GivenAnswer",
    "Line",
    "MailHeaders",
    "Part",
    "SealedFile",
    "Sign",
    "Source",
]


class Automatic(StrEnum):
    """What kind of machine wrote a mail (RFC 3834, RFC 3464)."""

    NO = "no"
    REPLY = "reply"  # out of office, acknowledgement
    BOUNCE = "bounce"  # delivery status report, permanent or temporary
    LIST = "list"  # newsletters, mailing lists


class Unsure(StrEnum):
    """What a mail seems to say and could not be read for certain. Stored as `before` of the message's event."""

    ANSWERS = "answers"  # something numbered that may answer our questions
    CONSENT = "consent"  # something near the question of what may be published


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of RFC 5322: `name` may be empty, `address` is addr-spec without brackets."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a delivery report says became of a mail (RFC 3464), or what could be read of one in another form."""

    action: str = "failed"  # or "delayed": it is still tried
    status: str = ""  # "5.1.1" (RFC 3463); "" where it says none
    returned: tuple[str, ...] = ()  # Message-IDs that it gives as the returned mail's, without brackets

    @property
    def delayed(self) -> bool:
        return self.action == "delayed"


class Attached(Protocol):
    """A file as it arrived, in memory or on disk. `name` is what the sender called it: data, never a path of ours."""

    @property
    def name(self) -> str: ...
    @property
    def declared_type(self) -> str: ...
    @property
    def inline(self) -> bool: ...
    @property
    def data(self) -> Readable: ...


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail, in memory as the mail was."""

    name: str
    content: bytes = field(repr=False)
    declared_type: str = "application/octet-stream"
    inline: bool = False
    content_id: str = ""

    @property
    def data(self) -> Readable:
        return Plain(self.content)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of a form: it may be larger than we want in memory, and lies on disk, sealed."""

    name: str
    data: Readable = field(repr=False)
    declared_type: str = "application/octet-stream"
    inline: bool = False


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What a reader put under one question, with the wording that they saw (in the arrival's language)."""

    question_id: int
    wording: str
    value: str
    identity: bool = False
    options: tuple[int, ...] = ()  # the numbers of those chosen; of yes and no, yes is 0
    number: float | None = None  # of a number or a rating
    withheld: bool = False  # the reader keeps this one out of print


class Part(StrEnum):
    """Where in a mail that answers another a line stands."""

    NEW = "new"  # among the person's own words
    QUOTED = "quoted"  # it is marked as somebody else's, by ">"
    BELOW = "below"  # in history without marks: people write between its lines, too


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a mail that answers another, without its marks."""

    text: str
    part: Part


@dataclass(frozen=True, slots=True)
class MailHeaders:
    """What threading, replying and the identity panel need of a mail. All decoded; ids without brackets."""

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Address | None = None  # From, where there is exactly one; else None, and `senders` says who
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()  # To and Cc
    delivered_to: tuple[Address, ...] = ()  # Delivered-To, X-Original-To and their like, which servers write
    date: datetime | None = None  # aware, UTC
    return_path: str = ""
    received: datetime | None = None  # when our own server took it: the topmost Received (RFC 5321, 4.4)
    no_answer: bool = False  # it asks for no automatic answer: a null Return-Path, or a header (RFC 3834)

    @property
    def places(self) -> tuple[Address, ...]:
        """All addresses that it may have come to."""
        return tuple(dict.fromkeys((*self.to, *self.delivered_to)))


@dataclass(frozen=True, slots=True)
class Arrival:
    """One story, or one more message of it.

    `text` is what the person wrote anew, `quoted` the history below or between it, `signature` what mail programs
    and people append: kept, shown folded, never indexed. `received_at` is aware (UTC).
    """

    source: Source
    text: str
    received_at: datetime
    subject: str = ""
    quoted: str = ""
    signature: str = ""
    html: str = field(default="", repr=False)  # the HTML part as sent, unsanitised; "" where there is none
    language: str = ""  # BCP 47 ("en", "zh-Hans"); "" where unknown
    attachments: tuple[Attachment, ...] = ()
    # mail
    headers: MailHeaders | None = None
    automatic: Automatic = Automatic.NO
    report: DeliveryReport | None = None  # of a bounce
    lines: tuple[Line, ...] = field(default=(), repr=False)  # of a mail that answers another: all but signatures
    forwarded: bool = False
    original_author: Address | None = None  # who wrote what was passed on, as far as the mail says
    sender_confirmed: bool | None = None  # by our own mail server (RFC 8601); None where it says nothing
    # who (sealed by core.readers)
    reader_name: str = ""
    reader_email: str = ""
    reader_phone: str = ""
    contact: ContactChoice = ContactChoice.UNKNOWN
    contact_note: str = ""
    # form
    callout_id: int | None = None
    submission_id: str = ""
    answers: tuple[GivenAnswer, ...] = ()
    asked: tuple[int, ...] = ()  # the ids of the questions that the form put to this reader
    consent: ConsentChoice = ConsentChoice.UNKNOWN
    consent_wording: str = ""
    consent_language: str = ""  # of the wording; "" = as the arrival's own
    unsure: frozenset[Unsure] = frozenset()  # what of an answer by mail a reporter has to read themselves
    signs: tuple[Sign, ...] = ()  # what the form itself noticed of a program
    # the reader's page: the tip that the code opened
    tip_id: int | None = None
