"""A tip, and what reporters put on it: tags, notes, counters. Consent and answers are the reader's own words on it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel, UniqueConstraint

from tipline.models.base import Rank, UtcDateTime, words
from tipline.vocabularies import ConsentChoice, ContactChoice, Source


class Status(StrEnum):
    """Where a tip stands."""

    NEW = "new"
    REVIEWING = "reviewing"
    WAITING = "waiting"  # for the reader
    READY = "ready"
    USED = "used"
    CLOSED = "closed"
    SPAM = "spam"


# Open work, as the partial indexes have it. A query must repeat it word by word, or SQLite does not use them; written
# with NOT IN it can't lead SQLite to the index by status instead, whose four parts would have to be sorted.
OPEN_WORK = "tip.status NOT IN ('used', 'closed', 'spam') AND tip.merged_into IS NULL"
IN_CLUSTER = "tip.cluster_id IS NOT NULL AND NOT tip.restricted"
OPEN_IN_CLUSTER = f"{OPEN_WORK} AND {IN_CLUSTER}"
UNPRINTED = "tip.fingerprints_version = 0 AND tip.merged_into IS NULL AND NOT tip.restricted"
# Open work whose reader wrote last, and which nobody set to wait for them: the one meaning of "unanswered", for the
# filter, the orders and the numbers.
UNANSWERED = (
    "tip.status NOT IN ('waiting', 'used', 'closed', 'spam') AND tip.merged_into IS NULL"
    " AND (tip.answered_at IS NULL OR tip.answered_at < tip.reader_wrote_at)"
)
# Tips that search has a document of; a query must repeat it as well.
INDEXED = "NOT tip.restricted AND tip.merged_into IS NULL"
NOT_MERGED = "tip.merged_into IS NULL"
ANSWERED = "tip.answered_after IS NOT NULL AND tip.merged_into IS NULL AND NOT tip.restricted"
# What open work is filtered by. A filter that few of it pass looks at all of it, and finds everything in the index.
FILTERED = (
    "status", "merged_into", "restricted", "assignee_id", "source", "language", "consent", "verification", "photos",
    "files", "answered_at", "reader_wrote_at", "active_at", "snoozed", "follow_up_on",
)  # fmt: skip
# With every column that those who count ask for, so that the tips themselves are left alone.
WAITING_INDEX = ("reader_wrote_at", "id", "callout_id", "restricted", "status", "merged_into", "answered_at")
ANSWERED_INDEX = ("received_at", "callout_id", "answered_after", "restricted", "merged_into")


def _index_where(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _open_index(name: str, *columns: str, work: str = OPEN_WORK) -> Index:
    """An index of open work only: it stays small however many tips are done with."""
    return _index_where(name, *columns, where=work.replace("tip.", ""))


class TagColour(StrEnum):
    GREY = "grey"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"


class Verification(StrEnum):
    """What we believe of a tip."""

    UNVERIFIED = "unverified"
    IN_PROGRESS = "in_progress"
    VERIFIED = "verified"
    INCONCLUSIVE = "inconclusive"
    FALSE = "false"


class Priority(StrEnum):
    """How soon a tip should be worked on, from low to high."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Tip(SQLModel, table=True):
    """One reader's story in triage. Lists are newest first by (received_at, id), or by (active_at, id)."""

    __table_args__ = (
        UniqueConstraint("submission_id", "submission_print"),
        Index("ix_tip_newest", "received_at", "id"),
        Index("ix_tip_status_newest", "status", "received_at", "id"),
        Index("ix_tip_callout_newest", "callout_id", "received_at", "id"),
        Index("ix_tip_callout_status_newest", "callout_id", "status", "received_at", "id"),
        Index("ix_tip_assignee_newest", "assignee_id", "received_at", "id"),
        *(Index(f"ix_tip_{word}", word, "id") for word in ("source", "verification", "consent")),
        _open_index("ix_tip_open_newest", "received_at", "id", "callout_id", *FILTERED),
        _open_index("ix_tip_open_callout_newest", "callout_id", "received_at", "id"),
        _open_index("ix_tip_open_assignee_newest", "assignee_id", "received_at", "id"),
        Index("ix_tip_active", "active_at", "id"),
        _open_index("ix_tip_open_active", "active_at", "id", "callout_id", *(c for c in FILTERED if c != "active_at")),
        _open_index("ix_tip_open_callout_active", "callout_id", "active_at", "id"),
        _open_index("ix_tip_open_assignee_active", "assignee_id", "active_at", "id"),
        Index("ix_tip_priority", "priority", "id"),
        _open_index("ix_tip_open_priority", "priority", "id", "callout_id", *FILTERED),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        # Of merged tips alone: an index of all would draw every list of the others to it.
        _index_where("ix_tip_merged_into", "merged_into", where="merged_into IS NOT NULL"),
        _index_where("ix_tip_forwarded", "id", where="forwarded"),
        _index_where("ix_tip_automatic", "id", where="automatic"),
        _index_where("ix_tip_follow_up", "follow_up_on", where="follow_up_on IS NOT NULL"),
        _index_where("ix_tip_remind", "remind_on", where="remind_on IS NOT NULL"),
        _index_where("ix_tip_snoozed", "id", where="snoozed"),
        _index_where("ix_tip_cluster", "callout_id", "cluster_id", where=IN_CLUSTER.replace("tip.", "")),
        _index_where(
            "ix_tip_open_cluster", "cluster_id", "assignee_id", "id", where=OPEN_IN_CLUSTER.replace("tip.", "")
        ),
        _index_where("ix_tip_unprinted", "id", where=UNPRINTED.replace("tip.", "")),
        _index_where("ix_tip_answered", *ANSWERED_INDEX, where=ANSWERED.replace("tip.", "")),
        _open_index("ix_tip_unanswered", "received_at", "id", work=UNANSWERED),
        _open_index("ix_tip_callout_unanswered", "callout_id", "received_at", "id", work=UNANSWERED),
        _open_index("ix_tip_waiting", *WAITING_INDEX, work=UNANSWERED),
        _open_index("ix_tip_callout_waiting", "callout_id", "reader_wrote_at", "id", work=UNANSWERED),
        _index_where("ix_tip_facts", "facts_version", "id", where=NOT_MERGED.replace("tip.", "")),
        _index_where("ix_tip_tokens", "tokens_version", "id", where=INDEXED.replace("tip.", "")),
    )

    id: int | None = Field(default=None, primary_key=True)
    callout_id: int = Field(foreign_key="callout.id")
    reader_id: int = Field(foreign_key="reader.id", index=True)
    source: Source = Field(sa_type=words(Source, "source"))
    status: Status = Field(default=Status.NEW, sa_type=words(Status, "status"))
    verification: Verification = Field(default=Verification.UNVERIFIED, sa_type=words(Verification, "verification"))
    priority: Priority = Field(default=Priority.NORMAL, sa_type=Rank(Priority))
    assignee_id: int | None = Field(default=None, foreign_key="account.id")
    consent: ConsentChoice = Field(default=ConsentChoice.UNKNOWN, sa_type=words(ConsentChoice, "consent"))
    contact: ContactChoice = Field(default=ContactChoice.UNKNOWN, sa_type=words(ContactChoice, "contact"))
    language: str = Field(default="", max_length=20)
    title: str = Field(default="", max_length=200)  # subject or first words; what lists show
    excerpt: str = Field(default="", max_length=300)
    follow_up_on: date | None = None
    remind_on: date | None = None  # the same day, until its people were told that it has come
    snoozed: bool = False  # out of the lists of open work until that day, or until the reader writes
    restricted: bool = False
    automatic: bool = False  # a machine wrote it
    forwarded: bool = False
    photos: int = 0
    files: int = 0
    received_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    reader_wrote_at: datetime = Field(sa_type=UtcDateTime)  # last: words that may want an answer
    active_at: datetime = Field(sa_type=UtcDateTime)  # last activity of the reader: core.tips.last_activity
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # last, by what left or may still leave
    answered_after: int | None = None  # seconds from its arrival to our first answer
    code_hash: str | None = Field(default=None, max_length=64, unique=True)
    submission_id: str | None = Field(default=None, max_length=64)
    submission_print: str | None = Field(default=None, max_length=16)  # of what the form said
    may_belong_to: int | None = Field(default=None, foreign_key="tip.id", index=True)
    merged_into: int | None = Field(default=None, foreign_key="tip.id")
    tokens_version: int = 0
    spam_score: int = 0  # 0 to 100, from what reporters called spam and not
    legal_hold: bool = False  # nothing of it is erased meanwhile
    reason_id: int | None = Field(default=None, foreign_key="reason.id")  # why it has its status
    cluster_id: int | None = Field(default=None, sa_type=BigInteger)  # tips of one callout and template share a number
    fingerprints_version: int = 0  # of its prints; 0 = none yet, -1 = none ever: a person took it out of a cluster
    facts_version: int = 0  # of core.fact_extraction, when it was read for facts; 0 = not yet, or something new came


class TipAccess(SQLModel, table=True):
    """Who is named on a restricted tip."""

    __tablename__ = "tip_access"

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", primary_key=True, index=True, ondelete="CASCADE")


class TipSeen(SQLModel, table=True):
    """Until when a reporter has read a tip; later activity of its reader makes it unread for them."""

    __tablename__ = "tip_seen"

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    seen_at: datetime = Field(sa_type=UtcDateTime)


class TipCount(SQLModel, table=True):
    """How many unrestricted tips stand at (callout, status, assignee); kept in the transaction that changes them."""

    __tablename__ = "tip_count"

    callout_id: int = Field(foreign_key="callout.id", primary_key=True)
    status: Status = Field(primary_key=True, sa_type=words(Status, "status"))
    assignee_id: int = Field(default=0, primary_key=True)  # 0 = nobody
    n: int = 0


class Tag(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=40)
    folded: str = Field(max_length=40, unique=True)  # casefolded NFKC: one tag, however it is typed
    colour: TagColour = Field(default=TagColour.GREY, sa_type=words(TagColour, "colour"))
    group: str = Field(default="", max_length=40, sa_column_kwargs={"name": "group_name"})
    merged_into: int | None = Field(default=None, foreign_key="tag.id")  # its name stands for that one now


class TipTag(SQLModel, table=True):
    __tablename__ = "tip_tag"
    __table_args__ = (Index("ix_tip_tag_tag_id", "tag_id", "tip_id"),)

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    tag_id: int = Field(foreign_key="tag.id", primary_key=True, ondelete="CASCADE")


class Note(SQLModel, table=True):
    """What reporters write to each other; never leaves the newsroom."""

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    author_id: int = Field(foreign_key="account.id")
    text: str = Field(max_length=20000)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """One dated entry of what a reader allowed, with what they were shown; the newest counts."""

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    choice: ConsentChoice = Field(sa_type=words(ConsentChoice, "choice"))
    said_at: datetime = Field(sa_type=UtcDateTime)
    source: Source = Field(sa_type=words(Source, "source"))
    language: str = Field(default="", max_length=20)
    wording: str = Field(default="", max_length=1000)
    recorded_by: int | None = Field(default=None, foreign_key="account.id")
    withheld: list[int] = Field(default_factory=list, sa_type=JSON)  # questions whose answers are not to be published


class Answer(SQLModel, table=True):
    """What a reader put under a question, with the wording they saw."""

    # Results count answers without reading them.
    __table_args__ = (Index("ix_answer_question", "question_id", "withheld", "tip_id"),)

    id: int = Field(primary_key=True, sa_type=BigInteger)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    question_id: int = Field(foreign_key="question.id")
    position: int
    wording: str = Field(max_length=500)
    value: str = Field(max_length=20000)
    withheld: bool = False  # the reader keeps it out of print, whatever else they allow
    number: float | None = None  # of a number or a rating


class AnswerChoice(SQLModel, table=True):
    """An option that a reader chose, by its number: the same in every language.

    `question_id` and `tip_id` are the answer's, once more: results count choices by the index alone.
    """

    __tablename__ = "answer_choice"
    __table_args__ = (Index("ix_answer_choice_question", "question_id", "option", "tip_id"),)

    answer_id: int = Field(sa_type=BigInteger, foreign_key="answer.id", primary_key=True, ondelete="CASCADE")
    option: int = Field(primary_key=True)
    question_id: int = Field(foreign_key="question.id")
    tip_id: int


class ErasedTip(SQLModel, table=True):
    """A tip that was erased: replayed after a restore, and its id is never given again."""

    __tablename__ = "erased_tip"

    tip_id: int = Field(primary_key=True)
    erased_at: datetime = Field(sa_type=UtcDateTime)
