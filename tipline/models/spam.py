"""What reporters taught about spam: counts of hashed words, never the words."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class SpamWord(SQLModel, table=True):
    """In how many spam and other tips a word stood. `word` is a keyed hash of 63 bits."""

    __tablename__ = "spam_word"

    word: int = Field(primary_key=True, sa_type=BigInteger)
    spam: int = 0
    ham: int = 0


class SpamLesson(SQLModel, table=True):
    """What a tip taught, so that a change of mind takes it back."""

    __tablename__ = "spam_lesson"

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    spam: bool
