"""Prints of stories: by them tips that say nearly the same are found."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class TipFingerprint(SQLModel, table=True):
    """One of a tip's prints: tips that share some may be alike. A cluster is a number of its own, `Tip.cluster_id`."""

    __tablename__ = "tip_fingerprint"
    __table_args__ = {"sqlite_with_rowid": False}

    value: int = Field(primary_key=True, sa_type=BigInteger)
    tip_id: int = Field(foreign_key="tip.id", primary_key=True, index=True, ondelete="CASCADE")
