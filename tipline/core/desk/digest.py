"""How much happened on a person's tips, for a mail to them: numbers alone, at most once a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import or_, select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.desk import activity
from tipline.core.filters import Due, Filters
from tipline.core.inbox import views
from tipline.core.inbox.listing import TipList
from tipline.core.presence.page_state import known_by
from tipline.models import Account, Digest, Event, Verb

MORNING = time(7)  # of the person's day
MIN_PERIOD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class News:
    """What a mail says, and to whom. `earlier`, `known`: what to give back where it was not taken."""

    account_id: int
    email: str
    locale: str
    tips: int
    calls: int
    lists: int  # saved views with an alert into which tips came
    known: int
    earlier: datetime | None
    due: int = 0  # follow-ups and tasks of theirs whose day has come


def choose(session: Session, how: Digest, by: Actor) -> None:
    """How often a person is told by mail. What happened until now is no news by then."""
    account = session.get_one(Account, by.account_id)
    account.digest = how
    account.digested = known_by(session).event


def chosen(session: Session, by: Actor) -> Digest:
    return session.scalars(select(col(Account.digest)).where(col(Account.id) == by.account_id)).one()


def due(session: Session, at: datetime) -> Sequence[int]:
    """The accounts whose period is over."""
    query = select(Account).where(
        col(Account.active),
        col(Account.digest) != Digest.OFF,
        or_(col(Account.digested_at).is_(None), col(Account.digested_at) <= at - MIN_PERIOD),
    )
    return [
        account.id for account in session.scalars(query.order_by(col(Account.id))) if account.id and _is(account, at)
    ]


def _is(account: Account, at: datetime) -> bool:
    last = account.digested_at or account.created_at
    if account.digest is Digest.HOURLY:
        return last <= at - MIN_PERIOD
    here = _here(account, at)
    morning = datetime.combine(here.date(), MORNING, here.tzinfo)
    return last < (morning if here >= morning else morning - timedelta(days=1))


def _here(account: Account, at: datetime) -> datetime:
    try:
        return at.astimezone(ZoneInfo(account.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return at


def take(session: Session, account_id: int, at: datetime) -> News | None:
    """What to tell a person whose period is over; None where it is not any more, or there is nothing.

    Theirs is told with this: commit before the mail leaves, so that a worker that dies does not send it twice.
    """
    query = select(Account).where(col(Account.id) == account_id).with_for_update()
    account = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    by = access.actor(session, account_id)
    if account is None or by is None or account.digest is Digest.OFF or not _is(account, at):
        return None
    since, earlier, known = max(account.activity_seen, account.digested), account.digested_at, account.digested
    tips = activity.unseen(session, by, since)
    calls = activity.unseen_calls(session, by, since) if tips else 0
    lists = _lists(session, by, known)
    account.digested_at, account.digested = at, known_by(session).event
    if not tips and not lists:
        return None  # what is due was news on its day
    mine = Filters(due=Due.NOW, assignees=("me",))
    due = TipList(session, mine, by, _here(account, at).date()).capped()
    return News(account_id, account.email, account.locale, tips, calls, lists, known, earlier, due)


def _lists(session: Session, by: Actor, known: int) -> int:
    """How many of the person's alerts have tips that came after an event."""
    came = select(col(Event.tip_id)).where(col(Event.verb) == Verb.RECEIVED, col(Event.id) > known)
    first = session.scalar(came.order_by(col(Event.id)).limit(1))
    return len(views.news(session, by, first - 1)) if first else 0


def give_back(session: Session, news: News) -> None:
    """The mail was provably not taken: it is due again."""
    account = session.get(Account, news.account_id)
    if account is not None:
        account.digested, account.digested_at = news.known, news.earlier
