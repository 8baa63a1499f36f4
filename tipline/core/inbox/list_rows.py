"""What the rows of a list show of their tips, of fifty at once or of one. It only reads; who asks may see the tips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from tipline.core import access, accounts, similar, spam
from tipline.core.access import Actor
from tipline.core.tips import last_activity, reply_drafts
from tipline.core.triage import tasks
from tipline.core.triage.tasks import TaskProgress
from tipline.models import Callout, MailKind, Outgoing, SendState, Tag, Tip, TipSeen, TipTag
from tipline.models.outbox import HELD
from tipline.vocabularies import Sign

TROUBLE = (SendState.FAILED, SendState.UNKNOWN, SendState.BOUNCED)


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


def of(session: Session, tips: Sequence[Tip], by: Actor, today: date) -> list[ListRow]:
    """The rows of these tips, by a fixed number of queries. `today` is the day where the actor is."""
    ids = [tip.id or 0 for tip in tips]
    if not ids:
        return []
    slugs = _pairs(session, Callout.id, Callout.slug, {tip.callout_id for tip in tips})
    names = accounts.names(session) if any(tip.assignee_id for tip in tips) else {}
    seen, trouble, tagged = _seen(session, ids, by), _trouble(session, ids), _tagged(session, ids)
    signs = spam.signs_of(session, spam.worth_saying(tips))
    back = _wrote_back(session, tips)
    begun, done, alike = reply_drafts.on(session, ids, by), tasks.counts(session, ids), similar.others(session, tips)
    return [
        ListRow(
            tip=tip,
            callout=slugs[tip.callout_id],
            tags=tagged.get(tip_id, []),
            assignee=names.get(tip.assignee_id, ""),
            initials=initials(names.get(tip.assignee_id, "")),
            unread=tip_id not in seen or seen[tip_id] < tip.active_at,
            wrote_back=tip_id in back,
            outgoing_problem=tip_id in trouble,
            overdue=tip.follow_up_on is not None and tip.follow_up_on < today,
            signs=signs.get(tip_id, ()),
            draft=tip_id in begun,
            tasks=done.get(tip_id),
            others=alike.get(tip_id, 0),
        )
        for tip_id, tip in zip(ids, tips, strict=True)
    ]


def of_ids(session: Session, tip_ids: Collection[int], by: Actor, today: date) -> list[ListRow]:
    """The same by the tips' ids; those that the person does not see are left out."""
    if not tip_ids:
        return []
    seen = select(Tip).where(col(Tip.id).in_(tip_ids), access.visible(by))
    return of(session, session.scalars(seen).all(), by, today)


def _pairs(session: Session, key: Any, value: Any, keys: set[Any]) -> dict[Any, str]:
    found = session.execute(select(col(key), col(value)).where(col(key).in_(keys)))
    return {row[0]: row[1] for row in found}


def _seen(session: Session, ids: list[int], by: Actor) -> dict[int, datetime]:
    """When this person saw them last."""
    mine = col(TipSeen.tip_id).in_(ids), col(TipSeen.account_id) == by.account_id
    return {row.tip_id: row.seen_at for row in session.scalars(select(TipSeen).where(*mine))}


def _wrote_back(session: Session, tips: Sequence[Tip]) -> set[int]:
    """Those whose readers answered a reply of ours, where nobody has read that."""
    answered = {tip.id or 0 for tip in tips if tip.answered_at is not None and tip.answered_at < tip.reader_wrote_at}
    return answered - last_activity.read_by_anyone(session, answered) if answered else set()


def _trouble(session: Session, ids: list[int]) -> set[int]:
    """Those with a reply that did not arrive, or that waits for somebody to decide."""
    stuck = or_(col(Outgoing.state).in_(TROUBLE), col(Outgoing.reason) == HELD)
    replies = col(Outgoing.tip_id).in_(ids), col(Outgoing.kind) == MailKind.REPLY
    return set(session.scalars(select(col(Outgoing.tip_id)).where(*replies, stuck)))


def _tagged(session: Session, ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """The tags of each, by name."""
    found: dict[int, list[tuple[int, str]]] = {}
    query = select(col(TipTag.tip_id), col(Tag.id), col(Tag.name)).join(Tag, col(Tag.id) == TipTag.tag_id)
    for tip_id, tag_id, name in session.execute(query.where(col(TipTag.tip_id).in_(ids)).order_by(col(Tag.folded))):
        found.setdefault(tip_id, []).append((tag_id, name))
    return found


def initials(name: str) -> str:
    """Two letters for an avatar: first and last word's; of a Han name its last two characters."""
    parts = name.split()
    if not parts:
        return ""
    if len(parts) == 1:
        return parts[0][-2:] if not parts[0].isascii() else parts[0][:2].upper()
    return (parts[0][0] + parts[-1][0]).upper()
