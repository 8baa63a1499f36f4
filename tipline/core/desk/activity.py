"""What others did on the tips that a person follows: the newest first, tip by tip, until when they know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlmodel import Session, col

from tipline.core import access, readers
from tipline.core.access import Actor
from tipline.core.following import TOLD, by_others, stands
from tipline.core.tip_page.conversation import ConversationEntry
from tipline.core.tip_page.event_lines import told
from tipline.db import Unindexed
from tipline.models import Account, Event, Follower, Mention, Tip, Verb

MAX_COUNTED = 100  # counted at all
NEWEST = 1000  # followed tips with news that are looked at for that: who left a team may follow thousands unseen
LINES = 8  # shown of one tip
READ = 400  # events of one page


@dataclass(frozen=True, slots=True)
class ActivityGroup:
    """A tip with what happened, the newest first. Of what the person knows already the last line stands for all."""

    tip: Tip
    reader: str
    lines: list[ConversationEntry]
    more: int
    fresh: bool
    news_id: int
    calls: frozenset[int]  # notes in which the person is called


@dataclass(frozen=True, slots=True)
class Activity:
    """One page. `upto` is the last event on it, `next` where the following one begins."""

    groups: list[ActivityGroup]
    upto: int
    next: int | None


def _news(by: Actor) -> list[ColumnElement[bool]]:
    """The conditions on Follower and Tip: what this person follows and sees, where others did something."""
    return [*_followed(by), *_stands(by)]


def _followed(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return col(Follower.account_id) == by.account_id, ~col(Follower.muted), col(Follower.news_id) > 0


def _stands(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return col(Tip.merged_into).is_(None), access.visible(by)


def _of_followed(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Follower).join(Tip, col(Tip.id) == col(Follower.tip_id))


def unseen(session: Session, by: Actor, since: int | None = None) -> int:
    """How many followed tips have news, at most MOST and among the NEWEST: since an event, else since the person said
    that they know."""
    known: Any = since
    if since is None:
        known = select(col(Account.activity_seen)).where(col(Account.id) == by.account_id).scalar_subquery()
    newest = select(col(Follower.tip_id)).where(*_followed(by), col(Follower.news_id) > known)
    newest = newest.order_by(col(Follower.account_id), col(Follower.news_id).desc())  # as their index has them
    looked_at = newest.limit(NEWEST).subquery()
    query: Select[Any] = select(literal_column("1").label("one")).select_from(looked_at).where(*_stands(by))
    query = query.join(Tip, col(Tip.id) == looked_at.c.tip_id).limit(MAX_COUNTED)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def unseen_calls(session: Session, by: Actor, since: int) -> int:
    """In how many of these tips the person was called by name since an event, at most MOST."""
    note = and_(col(Event.verb) == Verb.NOTE, col(Event.tip_id) == col(Tip.id), col(Event.id) > since)
    called = (
        select(col(Mention.note_id))
        .join(Event, col(Event.object_id) == col(Mention.note_id))
        .where(note, col(Mention.tip_id) == col(Tip.id), col(Mention.account_id) == by.account_id)
    )
    query: Select[Any] = _of_followed(literal_column("1").label("one"))
    query = query.where(*_news(by), col(Follower.news_id) > since, called.exists())
    return session.scalar(select(func.count()).select_from(query.limit(MAX_COUNTED).subquery())) or 0


def seen(session: Session, by: Actor) -> int:
    """The event up to which a person knows what happened."""
    return session.scalar(select(col(Account.activity_seen)).where(col(Account.id) == by.account_id)) or 0


def page(session: Session, by: Actor, before: int | None = None, limit: int = 25) -> Activity:
    """The tips with news, those with the newest first, from a place on."""
    query = _of_followed(Tip, col(Follower.news_id)).where(*_news(by)).order_by(col(Follower.news_id).desc())
    if before is not None:
        query = query.where(col(Follower.news_id) < before)
    found = [(tip, news_id) for tip, news_id in session.execute(query.limit(limit + 1))]
    shown, known = found[:limit], seen(session, by)
    events = _events(session, shown, known, by)
    tips = [tip for tip, _ in shown]
    names, calls = readers.short_names(session, tips, by), _calls(session, tips, by)
    groups = []
    for tip, news_id in shown:
        lines = [line for line in events if line.event is not None and line.event.tip_id == tip.id]
        rest = max(len(lines) - LINES, 0)
        reader = names.get(tip.id or 0, "")
        groups.append(ActivityGroup(tip, reader, lines[:LINES], rest, news_id > known, news_id, calls))
    more = shown[-1][1] if len(found) > limit else None
    return Activity(groups, max([known, *(news_id for _, news_id in shown)]), more)


def _events(session: Session, shown: Sequence[tuple[Tip, int]], known: int, by: Actor) -> list[ConversationEntry]:
    fresh = [tip.id for tip, news_id in shown if news_id > known]
    last = [news_id for _, news_id in shown]
    query = select(Event).where(
        or_(and_(col(Event.tip_id).in_(fresh), col(Event.id) > known, stands(known)), col(Event.id).in_(last)),
        Unindexed(col(Event.verb)).in_(TOLD),
        by_others(by.account_id),
    )
    rows = session.scalars(query.order_by(col(Event.id).desc()).limit(READ)).all() if shown else []
    return told(session, rows, by)


def _calls(session: Session, tips: Sequence[Tip], by: Actor) -> frozenset[int]:
    ids = [tip.id for tip in tips]
    mine = col(Mention.account_id) == by.account_id, col(Mention.tip_id).in_(ids)
    return frozenset(session.scalars(select(col(Mention.note_id)).where(*mine))) if ids else frozenset()


def mark_seen(session: Session, by: Actor, upto: int) -> None:
    """The person knows what happened up to an event. It never moves back, and never beyond what there is."""
    account = session.get_one(Account, by.account_id)
    newest = session.scalar(select(func.max(Event.id))) or 0
    account.activity_seen = max(account.activity_seen, min(upto, newest))
