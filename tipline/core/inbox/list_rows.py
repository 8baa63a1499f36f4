"""What the rows of a list show of their tips, of fifty at once or of one. It only reads; who asks may see the tips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from tipline.core import access, accounts, similar, spam
from tipline.core.access import Actor
from tipline.core.session_cache import once
from tipline.core.tags import folded
from tipline.core.triage.tasks import TaskProgress
from tipline.db import Unindexed
from tipline.models import (
    Callout,
    Event,
    MailKind,
    Outgoing,
    ReplyDraft,
    SendState,
    Tag,
    Task,
    Tip,
    TipSeen,
    TipTag,
    Verb,
)
from tipline.models.base import UtcDateTime
from tipline.models.outbox import HELD
from tipline.vocabularies import Sign

TROUBLE = (SendState.FAILED, SendState.UNKNOWN, SendState.BOUNCED)
_IDS: Any = bindparam("ids", expanding=True)
_ME: Any = bindparam("me")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A tip in a list, with what else its two lines show; the reader's short name comes from core.readers."""

    tip: Tip
    callout: str  # slug
    tags: list[tuple[int, str]]
    assignee: str  # name, "" where nobody has it
    initials: str
    unread: bool
    wrote_back: bool  # its reader wrote after our last reply, and nobody has read it
    outgoing_problem: bool
    overdue: bool
    signs: Sequence[Sign] = ()  # of spam, where it looks like it
    draft: bool = False  # this person has begun to write
    tasks: TaskProgress | None = None
    others: int = 0  # that say nearly the same


class _Detail(IntEnum):
    """Which detail of a tip a row of `_DETAILS` holds."""

    SEEN = 1  # when this person saw it last
    READ = 2  # somebody has read it since its reader answered us
    PROBLEM = 3  # a reply did not arrive, or waits for somebody to decide
    TAG = 4  # the id and name of one of its tags
    DRAFT = 5  # this person has begun to write
    TASKS = 6  # how many, and how many of them are done
    SIGNS = 7  # of spam, as words


@dataclass(slots=True)
class _Details:
    """What one statement found about one tip."""

    seen_at: datetime | None = None
    read: bool = False
    problem: bool = False
    draft: bool = False
    tasks: TaskProgress | None = None
    signs: Sequence[Sign] = ()
    tags: list[tuple[int, str]] = field(default_factory=list)


def of(session: Session, tips: Sequence[Tip], by: Actor, today: date) -> list[ListRow]:
    """The rows of these tips, by a fixed number of queries. `today` is the day where the actor is."""
    if not tips:
        return []
    slugs = _slugs(session)
    names = accounts.names(session) if any(tip.assignee_id for tip in tips) else {}
    details, alike = _details(session, [tip.id or 0 for tip in tips], by), similar.others(session, tips)
    return [_row(tip, found, slugs, names, alike, today) for tip, found in zip(tips, details, strict=True)]


def _row(
    tip: Tip,
    found: _Details,
    slugs: dict[int, str],
    names: dict[int | None, str],
    alike: dict[int, int],
    today: date,
) -> ListRow:
    assignee = names.get(tip.assignee_id, "")
    answered = tip.answered_at is not None and tip.answered_at < tip.reader_wrote_at
    return ListRow(
        tip=tip,
        callout=slugs[tip.callout_id],
        tags=found.tags,
        assignee=assignee,
        initials=initials(assignee),
        unread=found.seen_at is None or found.seen_at < tip.active_at,
        wrote_back=answered and not found.read,
        outgoing_problem=found.problem,
        overdue=tip.follow_up_on is not None and tip.follow_up_on < today,
        signs=found.signs if spam.worth_saying([tip]) else (),
        draft=found.draft,
        tasks=found.tasks,
        others=alike.get(tip.id or 0, 0),
    )


def of_ids(session: Session, tip_ids: Collection[int], by: Actor, today: date) -> list[ListRow]:
    """The same by the tips' ids; those that the person does not see are left out."""
    if not tip_ids:
        return []
    seen = select(Tip).where(col(Tip.id).in_(tip_ids), access.visible(by))
    return of(session, session.scalars(seen).all(), by, today)


def _slugs(session: Session) -> dict[int, str]:
    query = select(col(Callout.id), col(Callout.slug))
    return once(session, "slugs", None, lambda: {row[0]: row[1] for row in session.execute(query)})


def _details(session: Session, ids: Sequence[int], by: Actor) -> list[_Details]:
    """What the rows of these tips show beside the tips themselves, in their order."""
    found = {tip_id: _Details() for tip_id in ids}
    for detail, tip_id, number, of, words, at in session.execute(_DETAILS, {"ids": ids, "me": by.account_id}):
        details = found[tip_id]
        match detail:
            case _Detail.SEEN:
                details.seen_at = at
            case _Detail.READ:
                details.read = True
            case _Detail.PROBLEM:
                details.problem = True
            case _Detail.TAG:
                details.tags.append((number, words))
            case _Detail.DRAFT:
                details.draft = True
            case _Detail.TASKS:
                details.tasks = TaskProgress(number, of)
            case _Detail.SIGNS:
                details.signs = [Sign(word) for word in words.split()]
    for details in found.values():
        details.tags.sort(key=lambda tag: folded(tag[1]))
    return [found[tip_id] for tip_id in ids]


def _select(
    detail: _Detail,
    tip_id: Any,
    *,
    number: Any = None,
    of: Any = None,
    words: Any = None,
    at: Any = None,
) -> Select[Any]:
    """One detail of the tips `:ids`, in the columns that all details share."""
    return select(
        literal_column(str(int(detail))),
        tip_id,
        literal_column("0") if number is None else number,
        literal_column("0") if of is None else of,
        cast(null(), String) if words is None else words,
        cast(null(), UtcDateTime) if at is None else at,
    ).where(tip_id.in_(_IDS))


_SEEN, _REPLY = col(TipSeen.tip_id), col(Outgoing.tip_id)
# One statement for all: the seven round trips and their results took longer than the rows themselves.
_DETAILS = union_all(
    _select(_Detail.SEEN, _SEEN, at=col(TipSeen.seen_at)).where(col(TipSeen.account_id) == _ME),
    # PostgreSQL carries no IN over a join: without the ids on both sides it may read one of the tables whole.
    _select(_Detail.READ, _SEEN)
    .join(Tip, col(Tip.id) == _SEEN)
    .where(
        col(Tip.id).in_(_IDS),
        col(Tip.answered_at) < col(Tip.reader_wrote_at),
        col(TipSeen.seen_at) >= col(Tip.reader_wrote_at),
    ),
    _select(_Detail.PROBLEM, _REPLY).where(
        col(Outgoing.kind) == MailKind.REPLY,
        or_(col(Outgoing.state).in_(TROUBLE), col(Outgoing.reason) == HELD),
    ),
    _select(_Detail.TAG, col(TipTag.tip_id), number=col(Tag.id), words=col(Tag.name)).join(
        Tag, col(Tag.id) == TipTag.tag_id
    ),
    _select(_Detail.DRAFT, col(ReplyDraft.tip_id)).where(col(ReplyDraft.account_id) == _ME),
    _select(_Detail.TASKS, col(Task.tip_id), number=func.count(col(Task.done_at)), of=func.count()).group_by(
        col(Task.tip_id)
    ),
    _select(_Detail.SIGNS, col(Event.tip_id), words=col(Event.before)).where(
        Unindexed(col(Event.verb)) == Verb.RECEIVED, col(Event.before) != ""
    ),
)


def initials(name: str) -> str:
    """Two letters for an avatar: first and last word's; of a Han name its last two characters."""
    parts = name.split()
    if not parts:
        return ""
    if len(parts) == 1:
        return parts[0][-2:] if not parts[0].isascii() else parts[0][:2].upper()
    return (parts[0][0] + parts[-1][0]).upper()
