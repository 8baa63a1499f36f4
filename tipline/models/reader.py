"""Who readers are: the only tables with their identity, sealed under one data key a reader."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel, UniqueConstraint

from tipline.models.base import UtcDateTime, words


class DataKey(SQLModel, table=True):
    """A data key, wrapped by the master key. One for each reader, raw mail, and tip's files."""

    __tablename__ = "data_key"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    wrapped: bytes = Field(sa_type=LargeBinary, repr=False)
    master_id: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Reader(SQLModel, table=True):
    """A person who wrote in. Sealed: `name`, `short_name` ("Li W."), `contact_note` (how it is safe to reach them)."""

    id: int | None = Field(default=None, primary_key=True)
    key_id: int = Field(sa_type=BigInteger, foreign_key="data_key.id", index=True)
    name: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    short_name: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    contact_note: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    same_as: int | None = Field(default=None, foreign_key="reader.id", index=True)  # the same person, says a reporter
    created_at: datetime = Field(sa_type=UtcDateTime)


class ContactKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"


class ReaderContact(SQLModel, table=True):
    """One address or phone of a reader, found by a keyed hash of its normal form."""

    __tablename__ = "reader_contact"
    __table_args__ = (UniqueConstraint("reader_id", "kind", "lookup_hash"),)

    id: int = Field(primary_key=True, sa_type=BigInteger)
    reader_id: int = Field(foreign_key="reader.id", index=True, ondelete="CASCADE")
    kind: ContactKind = Field(sa_type=words(ContactKind, "kind"))
    value: bytes = Field(sa_type=LargeBinary, repr=False)
    lookup_hash: str = Field(max_length=64, index=True)
    proven: bool = False  # a mail came from there; an address typed into a form proves nothing
    created_at: datetime = Field(sa_type=UtcDateTime)


class IdentityAnswer(SQLModel, table=True):
    """What a reader put under a question that says who they are: sealed, behind the identity panel."""

    __tablename__ = "identity_answer"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    reader_id: int = Field(foreign_key="reader.id", index=True, ondelete="CASCADE")
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    question_id: int | None = Field(default=None, foreign_key="question.id", index=True)
    wording: str = Field(max_length=500)
    value: bytes = Field(sa_type=LargeBinary, repr=False)


class PageProof(SQLModel, table=True):
    """A code on its way to a mail's sender, who opens their page with it. One at a time for each tip."""

    __tablename__ = "page_proof"

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    code_hash: str = Field(max_length=64)  # keyed
    attempts: int = 0
    sent_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
