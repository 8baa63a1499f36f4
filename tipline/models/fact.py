"""Facts of a story: what kinds there are, and what was read in, or said of, each tip."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words

MAX_VALUE_LENGTH = 200


class TypeKind(StrEnum):
    """What the values of a type are: one of the kinds that core.fact_extraction reads (words.FactKind), or an
    editor's own."""

    PLACE = "place"
    CROSSING = "crossing"
    DATE = "date"
    AIRLINE = "airline"
    VISA = "visa"
    AMOUNT = "amount"
    RELATION = "relation"
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"


class FactState(StrEnum):
    SUGGESTED = "suggested"  # read in the text by tipline itself
    CONFIRMED = "confirmed"  # a reporter says so
    REJECTED = "rejected"  # a reporter says that it is not so; it is never suggested again


class FactType(SQLModel, table=True):
    """One kind of fact. Those that tipline reads by itself are rows as well, seeded by the migration, without a name:
    they are called by it in each language."""

    __tablename__ = "fact_type"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=60, unique=True)  # as it is typed: fact:KEY=value
    name: str = Field(default="", max_length=60)
    kind: TypeKind = Field(sa_type=words(TypeKind, "kind"))
    callout_id: int | None = Field(default=None, foreign_key="callout.id", index=True)  # None: every callout
    choices: list[str] = Field(default_factory=list, sa_type=JSON)
    position: int = 0
    archived: bool = False


class Fact(SQLModel, table=True):
    """A value of a type, once in a tip. It holds a piece of what a reader said, and goes wherever the tip goes.

    `message_id` or `answer_id` tell where it was read, `begin` and `until` which characters; a message's subject has
    no characters. They are no foreign keys, since an answer may be given anew, and what was confirmed stays.
    """

    __table_args__ = (
        # A list asks by value whose tips they are, from the index alone.
        Index("ix_fact_found", "type_id", "state", "folded", "tip_id"),
        # And of each tip on its walk whether it has one; SQLite, without statistics, takes the longer of two.
        Index("ix_fact_tip", "tip_id", "type_id", "state", "folded"),
    )

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", ondelete="CASCADE")
    type_id: int = Field(foreign_key="fact_type.id")
    value: str = Field(max_length=MAX_VALUE_LENGTH)  # canonical, or as a reporter typed it
    folded: str = Field(max_length=MAX_VALUE_LENGTH)  # what all spellings of it have in common
    state: FactState = Field(sa_type=words(FactState, "state"))
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    answer_id: int | None = Field(default=None, sa_type=BigInteger)
    begin: int | None = None
    until: int | None = None
    decided_by: int | None = Field(default=None, foreign_key="account.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
