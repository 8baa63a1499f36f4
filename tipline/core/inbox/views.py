"""Saved views: lists under a name, a reporter's own or shared with colleagues, each seen with the looker's own rights.

A view with an alert tells its maker how many tips came into it since they last looked.
"""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.inbox import named_queries
from tipline.core.inbox.listing import TipList
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Account, Callout, SavedView, Tip, Verb
from tipline.vocabularies import N_

MAX_VIEWS = 40  # of one person
NEWS = 100  # new tips that are counted
VIEWS_PER_REQUEST = 5  # views whose sizes one request asks for
NO_NAME = N_("Give the view a name of at most 60 characters.")
NAME_TAKEN = N_("You have a view of this name already. Give this one another name, or delete that one.")
TOO_MANY = N_("You have 40 views. Delete one that you no longer need.")
TOO_LONG = N_("This list asks for too much to be kept. Take some filters away.")
NOT_TO_SHARE = N_("Your role keeps views for itself. Ask an editor or a reporter to share one.")
OTHERS_ALERT = N_("An alert is of your own views. Save this list under a name of your own.")


@dataclass(frozen=True, slots=True)
class View:
    """A view as one person has it. `owner` is the name of who made it; `mine`: it is theirs."""

    id: int
    name: str
    query: str
    shared: bool
    alert: bool
    mine: bool
    owner: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class Size:
    """How many tips a view holds for one person, and how many came since they last looked, where it has an alert."""

    count: int
    capped: bool
    news: int


def views(session: Session, by: Actor) -> list[View]:
    """Their own in their order, then those that colleagues share, by name.

    A shared one that names a callout is only there for people who see that callout.
    """
    if not by.sees_tips:
        return []
    query = select(SavedView, col(Account.name)).join(Account, col(Account.id) == SavedView.account_id)
    query = query.where(or_(col(SavedView.account_id) == by.account_id, col(SavedView.shared)))
    found = [(view, owner) for view, owner in session.execute(query).all()]
    hidden = _hidden(session, [view for view, _ in found], by)
    shown = [_view(session, view, owner, by) for view, owner in found if view.id not in hidden]
    places = {view.id: (view.position, view.id or 0) for view, _ in found}
    mine = sorted((view for view in shown if view.mine), key=lambda view: places[view.id])
    return [*mine, *sorted((view for view in shown if not view.mine), key=lambda view: (view.name.casefold(), view.id))]


def _view(session: Session, view: SavedView, owner: str, by: Actor) -> View:
    mine = view.account_id == by.account_id
    may_change = mine or by.edits_callouts
    query = named_queries.opened(session, view.query)
    return View(view.id or 0, view.name, query, view.shared, view.alert and mine, mine, owner, may_change)


def _hidden(session: Session, found: list[SavedView], by: Actor) -> set[int | None]:
    """Others' views that name a reader, in their name or query, for those who open no identities; and those whose query
    names a callout that this person does not see."""
    if by.edits_callouts:
        return set()
    others = [view for view in found if view.account_id != by.account_id]
    named = {view.id for view in others if view.query.startswith(named_queries.SEALED) and not by.works_tips}
    of_callouts = {view.id: _callouts(named_queries.opened(session, view.query)) for view in others}
    if not any(of_callouts.values()):
        return set(named)
    seen = set(session.scalars(select(col(Callout.slug)).where(access.callouts_of(by))))
    return named | {view_id for view_id, slugs in of_callouts.items() if slugs - seen}


def _callouts(query: str) -> set[str]:
    filters = Filters.parse(query)
    return {*filters.callouts, *(filters.excluded.callouts if filters.excluded else ())}


def save(
    session: Session, name: str, query: str, by: Actor, *, shared: bool = False, alert: bool = False
) -> SavedView:  # fmt: skip
    """Keep a list under a name. Refused where the name is taken or missing, or there are too many."""
    _may_share(shared, by)
    access.in_one_window(session, by)
    name = _name(name)
    query = _query(session, query, by, name)
    mine = col(SavedView.account_id) == by.account_id
    n, last = session.execute(select(func.count(), func.max(col(SavedView.position))).where(mine)).one()
    if n >= MAX_VIEWS:
        raise Refused(TOO_MANY)
    _refuse_twin(session, by.account_id, name)
    view = SavedView(account_id=by.account_id, name=name, query=query, shared=shared, created_at=now())
    view.position = (last or 0) + 1
    view.alert, view.alerted_id = alert, _newest(session) if alert else 0
    session.add(view)
    session.flush()
    _record(session, view, by, "", "shared" if shared else "")
    return view


def change(session: Session, view_id: int, by: Actor, *, name: str, shared: bool, alert: bool) -> SavedView:
    """Rename a view, share it or not, switch its alert. Editors may change what others share, but not their alert."""
    view = _to_change(session, view_id, by)
    mine = view.account_id == by.account_id
    if alert and not mine:
        raise Refused(OTHERS_ALERT)
    if shared and not view.shared:
        _may_share(shared, by)
    name = _name(name)
    if name != view.name:
        _refuse_twin(session, view.account_id, name)
    before = view.name, view.shared
    if mine and alert and not view.alert:
        view.alerted_id = _newest(session)
    if mine:
        view.alert = alert
    if name != view.name:
        query = named_queries.opened(session, view.query)
        named_queries.forget(session, view.query)
        view.query = _query(session, query, by, name)
    view.name, view.shared = name, shared
    session.add(view)
    session.flush()
    if before != (name, shared):
        _record(session, view, by, "shared" if before[1] else "", "shared" if shared else "")
    return view


def hold(session: Session, view_id: int, query: str, by: Actor) -> SavedView:
    """Let a view hold another list. What is new in that counts from now on."""
    view = _to_change(session, view_id, by)
    named_queries.forget(session, view.query)
    view.query = _query(session, query, by, view.name)
    view.alerted_id = _newest(session) if view.alert else 0
    session.flush()
    shared = "shared" if view.shared else ""
    _record(session, view, by, shared, shared)
    return view


def move(session: Session, view_id: int, by: Actor, *, up: bool) -> None:
    """One place up or down among one's own views; at the end it stays."""
    mine = [view.id for view in views(session, by) if view.mine]
    if view_id not in mine:
        raise NotVisible("view")
    at = mine.index(view_id)
    to = at + (-1 if up else 1)
    if 0 <= to < len(mine):
        mine[at], mine[to] = mine[to], mine[at]
    for position, one in enumerate(mine, 1):
        session.get_one(SavedView, one).position = position
    session.flush()


def delete(session: Session, view_id: int, by: Actor) -> str:
    """Delete a view; the tips in it stay as they are. Its name is given back."""
    view = _to_change(session, view_id, by)
    _record(session, view, by, "shared" if view.shared else "", "")
    named_queries.forget(session, view.query)
    session.delete(view)
    session.flush()
    return view.name


def looked(session: Session, view_id: int, by: Actor) -> None:
    """They have seen what is in the view now. No event: it is theirs alone."""
    view = session.get(SavedView, view_id)
    if view is None or view.account_id != by.account_id:
        raise NotVisible("view")
    view.alerted_id = max(view.alerted_id, _newest(session))
    session.flush()


def sizes(session: Session, by: Actor, start: int = 0) -> dict[int, Size]:
    """How much AT_ONCE of their views hold, from the one at `start` on. Each is bounded, but they are many: asked for
    after a page, never with it, and in parts, so that other requests come between."""
    zone, today = _where(session, by)
    found = {}
    for view in views(session, by)[start : start + VIEWS_PER_REQUEST]:
        listing = TipList(session, filters := Filters.parse(view.query, zone), by, today)
        count = listing.count()
        news = _news(session, view, filters, by, today) if view.alert else 0
        found[view.id] = Size(count.n, count.more, news)
    return found


def news(session: Session, by: Actor, above: int = 0) -> list[tuple[View, int]]:
    """Their views with an alert into which tips came since they last looked, and how many, at most NEWS. Only tips with
    a higher id than `above` count."""
    zone, today = _where(session, by)
    alerts = [view for view in views(session, by) if view.alert]
    counted = [(view, _news(session, view, Filters.parse(view.query, zone), by, today, above)) for view in alerts]
    return [(view, n) for view, n in counted if n]


def _news(session: Session, view: View, filters: Filters, by: Actor, today: date, above: int = 0) -> int:
    known = max(session.get_one(SavedView, view.id).alerted_id, above)
    return TipList(session, filters, by, today).since(known, NEWS)


def _where(session: Session, by: Actor) -> tuple[ZoneInfo, date]:
    """The zone of a person, and the day there."""
    zone = ZoneInfo(session.get_one(Account, by.account_id).timezone)
    return zone, now().astimezone(zone).date()


def _newest(session: Session) -> int:
    """The highest id that any tip has."""
    return session.scalar(select(func.max(col(Tip.id)))) or 0


def _to_change(session: Session, view_id: int, by: Actor) -> SavedView:
    """A view that this person may change: their own, or for editors a shared one."""
    mine = col(SavedView.account_id) == by.account_id
    may = or_(mine, col(SavedView.shared)) if by.edits_callouts else mine
    found = session.scalars(select(SavedView).where(and_(col(SavedView.id) == view_id, may))).one_or_none()
    if found is None:
        raise NotVisible("view")
    return found


def _query(session: Session, typed: str, by: Actor, name: str) -> str:
    kept = named_queries.sealed(session, Filters.parse(storable(typed)).understood().query(), by, name)
    if len(kept) > 4500:
        raise Refused(TOO_LONG)
    return kept


def _name(typed: str) -> str:
    name = " ".join(storable(typed).split())
    if not name or len(name) > 60:
        raise Refused(NO_NAME)
    return name


def _refuse_twin(session: Session, account_id: int, name: str) -> None:
    twin = col(SavedView.account_id) == account_id, col(SavedView.name) == name
    if session.scalars(select(col(SavedView.id)).where(*twin)).first() is not None:
        raise Refused(NAME_TAKEN)


def _may_share(shared: bool, by: Actor) -> None:
    if not by.sees_tips or (shared and not by.works_tips):
        raise NotAllowed(NOT_TO_SHARE)


def _record(session: Session, view: SavedView, by: Actor, before: str, after: str) -> None:
    """An event where colleagues see the view, or saw it. Its name is no word of a closed vocabulary."""
    if before or after:
        events.record(session, Verb.VIEW_CHANGED, by=by, object_id=view.id, before=before, after=after)
