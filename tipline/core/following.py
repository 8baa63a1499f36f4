"""Following a tip: by hand, and by having it, writing on it or being called to it. Each follower's row says which
event by others was the last, so that what is new is found without looking through events.

What is taken back before somebody knew of it is no news to them, and nobody follows a tip because of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from tipline.core import access, row_batches, tip_fields
from tipline.core.access import Actor
from tipline.db import is_sqlite, now
from tipline.models import Account, Event, Follower, Mention, Note, Verb

# What somebody who has a tip before them, or follows it, would want to know.
TOLD = (
    *tip_fields.SMALL_CHANGES, Verb.MESSAGE, Verb.DUE, Verb.NOTE, Verb.REPLY, Verb.REPLY_FAILED, Verb.REPLY_WITHDRAWN,
    Verb.CONSENT, Verb.MERGED, Verb.CREDITED, Verb.CONTACT, Verb.TASK, Verb.TASK_DONE, Verb.SPLIT, Verb.MOVED,
    Verb.SAFE_WAY,
)  # fmt: skip
HEEDED = (*TOLD, Verb.UNMERGED)  # is no news, and takes back some
WRITES = (Verb.NOTE, Verb.REPLY, Verb.CONTACT)  # who does this follows the tip from then on

_TABLE: Any = SQLModel.metadata.tables["follower"]
_LAST = (
    select(col(Event.id))
    .where(col(Event.tip_id) == bindparam("of_tip"))
    .where(or_(*(col(Event.verb) == verb for verb in TOLD)))  # a list would not do for several rows at once
    .order_by(col(Event.id).desc())
    .limit(1)
    .scalar_subquery()
)
_NEWS = (
    update(_TABLE)
    .where(_TABLE.c.tip_id == bindparam("of_tip"), _TABLE.c.account_id != bindparam("done_by"))
    .values(news_id=_LAST)
)
_BEGIN = {
    True: sqlite.insert(_TABLE).on_conflict_do_nothing(),
    False: postgresql.insert(_TABLE).on_conflict_do_nothing(),
}


def by_others(account_id: int) -> ColumnElement[bool]:
    """The condition on Event: somebody else did it. What leaves by itself, such as "we have it", is nobody's reply."""
    by_itself = and_(col(Event.verb) == Verb.REPLY, col(Event.account_id).is_(None))
    return and_(col(Event.account_id).is_distinct_from(account_id), ~by_itself)


def stands(known: int) -> ColumnElement[bool]:
    """The condition on Event: it was not taken back, and takes nothing back that somebody who knows what happened up to
    `known` has not heard of."""
    undo = aliased(Event)
    taken_back = exists(select(col(undo.id)).where(col(undo.tip_id) == col(Event.tip_id), col(undo.undoes) == Event.id))
    return and_(or_(col(Event.undoes).is_(None), col(Event.undoes) <= known), ~taken_back)


def followed(by: Actor) -> Select[Any]:
    """The ids of the tips that a person follows, seen or not."""
    return select(col(Follower.tip_id)).where(col(Follower.account_id) == by.account_id, ~col(Follower.muted))


def followers_apart(session: Session, tip_id: int, other_id: int) -> int:
    """How many people follow a tip and not another one: a merge makes them follow that one too."""
    others = select(col(Follower.account_id)).where(col(Follower.tip_id) == other_id)  # who muted it is left in peace
    query = select(func.count()).select_from(Follower).where(*_following(tip_id))
    return session.scalar(query.where(col(Follower.account_id).not_in(others))) or 0


def _following(tip_id: int) -> tuple[ColumnElement[bool], ...]:
    return col(Follower.tip_id) == tip_id, ~col(Follower.muted)


def is_following(session: Session, tip_id: int, by: Actor) -> bool:
    row = session.get(Follower, (by.account_id, tip_id))
    return row is not None and not row.muted


def follow(session: Session, tip_id: int, by: Actor) -> None:
    """From now on the person is told what happens to a tip. No event: it is theirs alone."""
    access.tip(session, tip_id, by)
    _set(session, tip_id, by, muted=False)


def mute(session: Session, tip_id: int, by: Actor) -> None:
    """The person is not told of a tip any more, whatever else would make them follow it."""
    access.tip(session, tip_id, by)
    _set(session, tip_id, by, muted=True)


def _set(session: Session, tip_id: int, by: Actor, *, muted: bool) -> None:
    access.in_one_window(session, by)
    begin(session, tip_id, by.account_id)  # somebody else may be giving it to them at this moment
    mine = col(Follower.account_id) == by.account_id, col(Follower.tip_id) == tip_id
    session.execute(update(Follower).where(*mine).values(muted=muted))


def begin(session: Session, tip_id: int, account_id: int, at: datetime | None = None) -> None:
    """Somebody has, writes on or is called to a tip: they follow it, unless they muted it. `at`: of the event that
    makes them."""
    values = {"account_id": account_id, "tip_id": tip_id, "muted": False, "since": at or now(), "news_id": 0}
    row_batches.do(session, _BEGIN[is_sqlite(session)], values)


def tell(session: Session, tip_id: int, done_by: int | None) -> None:
    """Something happened to a tip: its followers have news, but for who did it."""
    row_batches.do(session, _NEWS, {"of_tip": tip_id, "done_by": done_by or 0})


def heed(session: Session, event: Mapping[str, Any]) -> None:
    """What an event means for those who follow its tip; called with every one that is written."""
    verb, tip_id, account_id = event["verb"], event["tip_id"], event["account_id"]
    if tip_id is None or verb not in HEEDED or (verb is Verb.REPLY and account_id is None):
        return
    if verb is Verb.MERGED and event["object_id"] is None:
        return  # of the tip that goes: who follows it is told in the history of the other, and follows it again later
    if verb in WRITES and account_id is not None:
        begin(session, tip_id, account_id, event["at"])
    if verb is Verb.FOLLOW_UP and event["after"] and account_id is not None and event.get("bulk_id") is None:
        begin(session, tip_id, account_id, event["at"])  # to be told when the day has come; not of a whole list
    if verb is Verb.ASSIGNED and event["after"]:
        begin(session, tip_id, int(event["after"]), event["at"])
    if verb is Verb.MERGED and event["object_id"]:
        _bring(session, event["object_id"], tip_id, event["at"])
    if verb in TOLD:
        tell(session, tip_id, account_id)
    if event.get("undoes") is not None:
        undone = session.get_one(Event, event["undoes"])
        _unfollow(session, tip_id, undone)
        _untell(session, tip_id, undone.id or 0)


def _unfollow(session: Session, tip_id: int, undone: Event) -> None:
    """Who follows a tip because of what was taken back does so no more, unless something else made them since."""
    begun = col(Follower.tip_id) == tip_id, col(Follower.since) == undone.at, ~col(Follower.muted)
    if undone.verb is Verb.MERGED:
        for account_id in session.scalars(select(col(Follower.account_id)).where(*begun)).all():
            _unfollow_one(session, tip_id, undone, account_id)
    elif undone.verb is Verb.FOLLOW_UP and undone.account_id is not None:
        _unfollow_one(session, tip_id, undone, undone.account_id)
    elif undone.verb is Verb.ASSIGNED and undone.after:
        _unfollow_one(session, tip_id, undone, int(undone.after))


def _unfollow_one(session: Session, tip_id: int, undone: Event, who: int) -> None:
    since = col(Event.tip_id) == tip_id, col(Event.id) > undone.id, stands(0)
    writes = and_(col(Event.verb).in_((*WRITES, Verb.FOLLOW_UP)), col(Event.account_id) == who)
    has = and_(col(Event.verb) == Verb.ASSIGNED, col(Event.after) == str(who))
    called = select(col(Mention.note_id)).where(col(Mention.tip_id) == tip_id, col(Mention.account_id) == who)
    reasons = select(col(Event.id)).where(*since, or_(writes, has))
    begun = col(Follower.account_id) == who, col(Follower.tip_id) == tip_id, col(Follower.since) == undone.at
    session.execute(delete(Follower).where(*begun, ~col(Follower.muted), ~exists(reasons), ~exists(called)))


def _untell(session: Session, tip_id: int, undone_id: int) -> None:
    """To those who had not heard of what was taken back, the last news is what stands."""
    of_tip = select(col(Follower.account_id), col(Follower.since), col(Account.activity_seen)).join(
        Account, col(Account.id) == col(Follower.account_id)
    )
    unheard = of_tip.where(col(Follower.tip_id) == tip_id, col(Account.activity_seen) < undone_id)
    for account_id, since, known in session.execute(unheard).all():
        told = col(Event.tip_id) == tip_id, col(Event.verb).in_(TOLD), col(Event.at) >= since
        last = session.scalar(select(func.max(col(Event.id))).where(*told, by_others(account_id), stands(known)))
        mine = col(Follower.tip_id) == tip_id, col(Follower.account_id) == account_id
        session.execute(update(Follower).where(*mine).values(news_id=last or 0))


def _bring(session: Session, tip_id: int, target_id: int, at: datetime) -> None:
    """A tip was merged into another: who follows it follows that one, and calls stand where their notes stand. The rows
    of the emptied tip stay: no list shows it, and after an unmerge they count again."""
    for account_id in session.scalars(select(col(Follower.account_id)).where(*_following(tip_id))).all():
        begin(session, target_id, account_id, at)
    notes = select(col(Note.id)).where(col(Note.tip_id) == target_id)
    session.execute(
        update(Mention).where(col(Mention.tip_id) == tip_id, col(Mention.note_id).in_(notes)).values(tip_id=target_id)
    )
