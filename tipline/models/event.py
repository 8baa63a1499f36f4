"""Events: the spine. Every verb of core writes one in its own transaction."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class Verb(StrEnum):
    """What can happen. A closed vocabulary: events never hold a reader's words."""

    RECEIVED = "received"  # a tip was made
    MESSAGE = "message"  # one more message by the reader
    STATUS = "status"
    VERIFICATION = "verification"
    PRIORITY = "priority"
    ASSIGNED = "assigned"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    FOLLOW_UP = "follow_up"
    DUE = "due"  # the day of the follow-up has come
    NOTE = "note"
    REPLY = "reply"
    REPLY_SENT = "reply_sent"
    REPLY_FAILED = "reply_failed"
    REPLY_WITHDRAWN = "reply_withdrawn"
    CONSENT = "consent"
    MERGED = "merged"
    CREDITED = "credited"  # whoever wrote what was passed on is the tip's reader now
    UNCREDITED = "uncredited"
    IDENTITY_SEEN = "identity_seen"
    ORIGINAL_SEEN = "original_seen"  # raw mail, headers or a file as it came
    READ_AGAIN = "read_again"
    CALLOUT_MADE = "callout_made"
    CALLOUT_CHANGED = "callout_changed"
    CALLOUT_OPENED = "callout_opened"
    CALLOUT_CLOSED = "callout_closed"
    ACCOUNT_MADE = "account_made"
    ROLES = "roles"
    TEAM = "team"
    ACCOUNT_OFF = "account_off"
    ACCOUNT_ON = "account_on"
    PASSWORD = "password"
    SIGNED_IN = "signed_in"
    QUARANTINED = "quarantined"
    MAILBOX_CONNECTED = "mailbox_connected"
    CALLOUT_PAUSED = "callout_paused"
    CALLOUT_ARCHIVED = "callout_archived"
    PREVIEW_LINK = "preview_link"  # the secret link was made anew
    EXPORTED = "exported"
    QUOTED = "quoted"  # a reader's words were copied for use
    QUOTE = "quote"  # object_id is the quote, `before` and `after` its states, or `after` a change or an answer
    PUBLISHED = "published"  # to the gallery
    UNPUBLISHED = "unpublished"
    HELD = "held"  # kept from erasure, by law
    RELEASED = "released"
    ERASED = "erased"  # object_id is the tip's id, `after` its mark in the list of erased tips
    PAGE_CODE = "page_code"  # a mail's sender proved their address, and got a code for their page
    SCANNED = "scanned"  # a scanner found something in a file
    TAG_CHANGED = "tag_changed"  # its name, colour or group
    TAG_MERGED = "tag_merged"  # object_id is a tag whose name stands for tag `after`, or for itself again ("")
    VIEW_CHANGED = "view_changed"
    MACRO_CHANGED = "macro_changed"
    REASONS_CHANGED = "reasons_changed"
    SAVED_REPLY = "saved_reply"
    CHECKLIST = "checklist"  # a template was made or changed; with a tip, it was put on it
    CONTACT = "contact"  # a call, meeting or message was noted down
    SAFE_WAY = "safe_way"  # the reader chose another way in which it is safe to reach them
    TASK = "task"
    TASK_DONE = "task_done"
    TASK_OPEN = "task_open"  # done no longer
    HIGHLIGHTED = "highlighted"
    TRANSLATED = "translated"
    LINKED = "linked"
    UNLINKED = "unlinked"
    SPLIT = "split"  # a message became a tip of its own
    UNMERGED = "unmerged"  # a merge or a split was undone
    MOVED = "moved"  # to another callout
    SAME_READER = "same_reader"
    OTHER_READER = "other_reader"  # the same reader no longer
    PRINTED = "printed"
    NOT_SIMILAR = "not_similar"  # taken out of its cluster, `before`
    SIMILAR = "similar"  # put back into it, `after`
    FACT = "fact"  # object_id is the fact, `before` and `after` its states
    FACT_CORRECTED = "fact_corrected"  # object_id is the fact that stands for another: core.facts writes the rest
    FACT_TYPE = "fact_type"  # a type of facts was made or changed
    CHECKED = "checked"  # somebody read an unclear answer; object_id is the message, `after` what is not in it
    AUTOMATIC = "automatic"  # a person said who wrote a message; `before` and `after` are kinds of machines, "" unsaid
    REPARSED = "reparsed"  # a better parser read stored mail otherwise; object_id is the message, `after` its version
    BULK = "bulk"  # a change to all of a list was begun


class ActorKind(StrEnum):
    REPORTER = "reporter"
    READER = "reader"
    SYSTEM = "system"


class Event(SQLModel, table=True):
    """Who did what to what, when. `before` and `after` hold ids, marks and words of closed vocabularies, or dates."""

    __table_args__ = (
        # With the verb, or SQLite would look for what was once done to a tip among all to which it was done.
        Index("ix_event_tip", "tip_id", "verb", "id"),
        Index("ix_event_verb", "verb", "id"),
        Index(
            "ix_event_account",
            "account_id",
            "id",
            sqlite_where=text("account_id IS NOT NULL"),
            postgresql_where=text("account_id IS NOT NULL"),
        ),
        Index(
            "ix_event_bulk",
            "bulk_id",
            "id",
            sqlite_where=text("bulk_id IS NOT NULL"),
            postgresql_where=text("bulk_id IS NOT NULL"),
        ),
        # Of what refers to an event, for whoever undoes it, and so that erasing a tip does not read all history.
        Index(
            "ix_event_undoes",
            "undoes",
            sqlite_where=text("undoes IS NOT NULL"),
            postgresql_where=text("undoes IS NOT NULL"),
        ),
        Index(
            "ix_event_caused_by",
            "caused_by",
            sqlite_where=text("caused_by IS NOT NULL"),
            postgresql_where=text("caused_by IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: ActorKind = Field(sa_type=words(ActorKind, "actor"))
    account_id: int | None = Field(default=None, foreign_key="account.id")
    verb: Verb = Field(sa_type=words(Verb, "verb"))
    tip_id: int | None = Field(default=None, foreign_key="tip.id", ondelete="CASCADE")
    object_id: int | None = Field(default=None, sa_type=BigInteger)  # the note, message, tag, callout, account …
    before: str = Field(default="", max_length=60)
    after: str = Field(default="", max_length=60)
    undoes: int | None = Field(default=None, foreign_key="event.id")
    caused_by: int | None = Field(default=None, foreign_key="event.id")  # undone together with that event
    bulk_id: int | None = Field(default=None, foreign_key="bulk_change.id")
