"""Tips that say nearly the same: prints of each, and the piles that they form."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime


class Pile(SQLModel, table=True):
    """Tips of one template. Its example is the oldest one that is still there."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class TipPrint(SQLModel, table=True):
    """One of a tip's prints: tips that share some may be alike."""

    __tablename__ = "tip_print"

    value: int = Field(primary_key=True, sa_type=BigInteger)
    tip_id: int = Field(foreign_key="tip.id", primary_key=True, index=True, ondelete="CASCADE")
