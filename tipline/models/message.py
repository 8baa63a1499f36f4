"""Messages of a conversation, their files, and forms that wait for a correction."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words
from tipline.vocabularies import Source


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class SenderCheck(StrEnum):
    """What our own mail server's Authentication-Results say of the From address (RFC 8601)."""

    NONE = "none"  # no mail, or no server of ours that says anything
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"


# Mail that can be read again: a query must repeat it word by word, or SQLite does not use the index. What a person made
# of a mail by hand, and delivery reports, whose addresses are taken out, stay as they are.
PARSED = "message.ledger_id IS NOT NULL AND message.author_id IS NULL AND message.automatic <> 'bounce'"


class Message(SQLModel, table=True):
    """One piece of a tip's conversation. The text is derived; raw mail stays in the ledger.

    Sealed under the reader's key: `headers` (JSON of core.arrival.MailHeaders), `signature`, `html`,
    `original_author` (JSON of
    the Address that wrote what was passed on).
    """

    __table_args__ = (
        Index(
            "ix_message_parsed",
            "reader_version",
            "id",
            sqlite_where=text(PARSED.replace("message.", "")),
            postgresql_where=text(PARSED.replace("message.", "")),
        ),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    direction: Direction = Field(sa_type=words(Direction, "direction"))
    source: Source = Field(sa_type=words(Source, "source"))
    author_id: int | None = Field(default=None, foreign_key="account.id")  # ours, or who typed a call in
    subject: str = Field(default="", max_length=500)
    text: str
    quoted: str = ""
    signature: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    html: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    headers: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    original_author: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    sender_check: SenderCheck = Field(default=SenderCheck.NONE, sa_type=words(SenderCheck, "sender_check"))
    message_id_hash: str = Field(default="", max_length=64, index=True)
    language: str = Field(default="", max_length=20)
    automatic: str = Field(default="no", max_length=20)
    # Of the parser that derived the text. Negative: that parser was tried, and what an older one had read was left.
    reader_version: int = 1
    ledger_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="ledger.id", index=True)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Scan(StrEnum):
    """What a virus scanner says of a file."""

    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"  # the scanner was there and could not say


class Extraction(StrEnum):
    """Whether the words inside a file can be searched."""

    WAITING = "waiting"
    DONE = "done"
    NOTHING = "nothing"  # a kind without words, or none in it
    FAILED = "failed"  # it can't be read, or took too long


class StoredFile(SQLModel, table=True):
    """An attachment of a message, or of a note, call or meeting that a reporter wrote down: one of the three. `type` is
    by its first bytes, `declared_type` what the sender claimed; neither is trusted.

    The bytes are sealed under the tip's file key: in `content` up to 64 KB, else under `stored_as` in the file store.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        Index(
            "ix_stored_file_waiting",
            "id",
            sqlite_where=text("extraction = 'waiting'"),
            postgresql_where=text("extraction = 'waiting'"),
        ),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    message_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="message.id", index=True, ondelete="CASCADE"
    )
    note_id: int | None = Field(default=None, foreign_key="note.id", index=True)
    contact_id: int | None = Field(default=None, foreign_key="contact_entry.id", index=True)
    key_id: int = Field(sa_type=BigInteger, foreign_key="data_key.id", index=True)
    name: str = Field(max_length=255)
    type: str = Field(max_length=100)
    declared_type: str = Field(default="", max_length=100)
    size: int
    inline: bool = False
    content: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    stored_as: str | None = Field(default=None, max_length=32)
    scan: Scan = Field(default=Scan.NOT_SCANNED, sa_type=words(Scan, "scan"))
    scan_found: str = Field(default="", max_length=100)  # what the scanner calls it
    scanned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    extraction: Extraction = Field(default=Extraction.WAITING, sa_type=words(Extraction, "extraction"))
    created_at: datetime = Field(sa_type=UtcDateTime)


class FileText(SQLModel, table=True):
    """The words inside a file, sealed under its key; what search shows a snippet of."""

    __tablename__ = "file_text"

    file_id: int = Field(sa_type=BigInteger, foreign_key="stored_file.id", primary_key=True, ondelete="CASCADE")
    text: bytes = Field(sa_type=LargeBinary, repr=False)


class Draft(SQLModel, table=True):
    """A form that did not pass: its fields and files wait, sealed, for a day under the submission's id."""

    submission_id: str = Field(primary_key=True, max_length=64)
    callout_id: int = Field(foreign_key="callout.id", ondelete="CASCADE")
    key_id: int = Field(sa_type=BigInteger, foreign_key="data_key.id", index=True)
    fields: bytes = Field(sa_type=LargeBinary, repr=False)  # JSON of what was typed, sealed
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class DraftFile(SQLModel, table=True):
    __tablename__ = "draft_file"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    submission_id: str = Field(foreign_key="draft.submission_id", index=True, max_length=64, ondelete="CASCADE")
    question_id: int
    name: str = Field(max_length=255)
    declared_type: str = Field(default="", max_length=100)
    size: int
    stored_as: str = Field(max_length=32)
