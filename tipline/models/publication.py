"""What stands on a callout's public gallery: chosen answers, as an editor cut them."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime


class Publication(SQLModel, table=True):
    """One chosen answer. `answer_id` is None where it is the story itself. Public while `published_at` is set."""

    id: int | None = Field(default=None, primary_key=True)
    callout_id: int = Field(foreign_key="callout.id", index=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    answer_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="answer.id", ondelete="SET NULL")
    language: str = Field(default="", max_length=20)
    text: str = Field(max_length=5000)  # as edited; the original stays with the tip
    attribution: str = Field(default="", max_length=200)  # "" = without a name
    article: str = Field(default="", max_length=500, sa_column_kwargs={"server_default": ""})  # https://…, or ""
    # What of the reader's identity is in the text, and an editor confirmed: public words already.
    kept: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    position: int = 0
    made_by: int | None = Field(default=None, foreign_key="account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
