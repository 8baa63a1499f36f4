"""What the numbers are counted from, by day (UTC) and month, in the transaction that changes it: tips are many."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from tipline.models.base import words
from tipline.vocabularies import Source

IN_ORDER = {"sqlite_with_rowid": False}  # the rows of a stretch of days lie side by side


class Grain(StrEnum):
    """Days are summed once more by month, whose row stands on its first day: years are many days."""

    DAY = "day"
    MONTH = "month"


class Aspect(StrEnum):
    """What is counted of the tips of a day, beside how and in which language they came."""

    STATUS = "status"
    VERIFICATION = "verification"
    CONSENT = "consent"


class DeskAction(StrEnum):
    """What is counted of a reporter's work."""

    ANSWERED = "answered"
    CLOSED = "closed"  # a tip was used or closed


class TipDay(SQLModel, table=True):
    """How many unrestricted tips came on a day, by callout, source and language."""

    __tablename__ = "tip_day"
    __table_args__ = IN_ORDER

    callout_id: int = Field(foreign_key="callout.id", primary_key=True)
    grain: Grain = Field(primary_key=True, sa_type=words(Grain, "grain"))
    day: date = Field(primary_key=True)
    source: Source = Field(primary_key=True, sa_type=words(Source, "source"))
    language: str = Field(primary_key=True, max_length=20)
    n: int = 0


class TipDayState(SQLModel, table=True):
    """How the unrestricted tips that came on a day stand now: so many have this status, verification or consent."""

    __tablename__ = "tip_day_state"
    __table_args__ = IN_ORDER

    callout_id: int = Field(foreign_key="callout.id", primary_key=True)
    grain: Grain = Field(primary_key=True, sa_type=words(Grain, "grain"))
    day: date = Field(primary_key=True)
    aspect: Aspect = Field(primary_key=True, sa_type=words(Aspect, "aspect"))
    word: str = Field(primary_key=True, max_length=20)
    n: int = 0


class ActionDay(SQLModel, table=True):
    """How often a reporter did something on a day, on unrestricted tips of a callout."""

    __tablename__ = "action_day"
    __table_args__ = IN_ORDER

    callout_id: int = Field(foreign_key="callout.id", primary_key=True)
    grain: Grain = Field(primary_key=True, sa_type=words(Grain, "grain"))
    day: date = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", primary_key=True, index=True, ondelete="CASCADE")
    action: DeskAction = Field(primary_key=True, sa_type=words(DeskAction, "action"))
    n: int = 0
