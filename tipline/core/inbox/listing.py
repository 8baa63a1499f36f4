"""The statements of one list of tips: who may see it, what it is narrowed to, in its order, from a place on.

What decides their speed is which condition leads. Where few tips are left (the counters know, or a tag's or a date's
own index), these are fetched and sorted; else the list is walked in its order until the page is full.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Row, Select, false, func, literal_column, or_, select, text
from sqlmodel import Session, col

from tipline.core import access, accounts, search, similar
from tipline.core.access import Actor
from tipline.core.counts import counters
from tipline.core.filters import NOT_SPAM, OPEN, Filters, Sort
from tipline.core.filters.orders import ORDERS, Cursor
from tipline.core.inbox.conditions import FEW_TIPS, ListConditions, between
from tipline.core.session_cache import once
from tipline.core.tips import reminders
from tipline.db import Unindexed, without_sorting
from tipline.models import Account, Callout, Role, Status, Tip, TipAccess
from tipline.models.tip import OPEN_WORK

CAP = 1000  # what is not kept in counters is counted up to here
LOOKED_AT = 20_000  # tips of a long list, from the newest on, for counting it
LOOKED_AT_FOR_WORDS = 5_000  # likewise, where each is asked whether words are in it; or hits of the words
FEW_RESTRICTED = 20  # about as many as are named for one person, and in no counter
FEW_HITS = 50  # of a search in another order than newest first: more are asked for on the walk


class LeadCondition(StrEnum):
    """Which condition the database begins with. SQLite has no statistics to choose by, so it is left no choice."""

    WALK = "walk"  # from the newest tip on, by an index in that order
    STANDING = "standing"  # callouts, statuses or assignees of few tips, sorted
    IDS = "ids"  # a seldom tag or due dates: their tips, sorted
    HITS = "hits"  # the words of a search


class Count(NamedTuple):
    """How many tips a list holds; with `more` there are `n` or more."""

    n: int
    more: bool


class TipList:
    """One list for one person. `today` is the day where they are. With `fold` clusters are one row each, where the list
    has no reason to show their tips one by one."""

    def __init__(self, session: Session, filters: Filters, by: Actor, today: date, *, fold: bool = False) -> None:
        self._session, self._filters, self._by, self._today = session, filters, by, today
        self._order = ORDERS[filters.order]
        self._walks_all = self._order.walks_all
        # An index of its own, by callout at most.
        self._special = filters.order.narrows or (filters.of_unanswered and not self._walks_all)
        self._open = bool(filters.scope) and set(filters.scope) <= set(OPEN)
        self._callouts = self._callouts_of_list()
        self._assignees = self._assignees_of_list()
        conditions = ListConditions(session, filters, by, today)
        self._narrow, self._few = [*conditions.wanted, *self._order.condition()], conditions.few
        if fold and filters.folds:
            scope = None if filters.scope == OPEN else filters.scope
            hidden = today if filters.hides_snoozed else None
            self._narrow.append(similar.is_example(scope, self._assignees, hidden))
        lead = LeadCondition.IDS if self._few else LeadCondition.WALK
        kept = 0 if filters.impossible else counters.total(session, by, self._callouts, filters.scope, self._assignees)
        if kept <= FEW_TIPS:
            self._few.append(kept + FEW_RESTRICTED)
            lead = (
                LeadCondition.STANDING
                if lead is LeadCondition.WALK and (self._many_places() or self._special)
                else lead
            )
        self._hits = self._search()
        self._lead = LeadCondition.HITS if self._hits and self._hits.source is not None else lead
        self._kept = kept

    # What is asked of a list

    def place(self, tip: Tip) -> Cursor:
        """Where a tip stands in the order of the list."""
        return self._order.place(tip)

    def tips(self, after: Cursor | None, limit: int) -> list[Tip]:
        """The tips from a place on, in order."""
        return [row[0] for row in self._first(limit, Tip, after=after)]

    def titles(self, limit: int) -> list[Row[int, datetime, str]]:
        """The ids, times and titles of its first tips, for ranking them."""
        return list(self._first(limit, col(Tip.id), col(Tip.received_at), col(Tip.title)))

    def ids(self, limit: int, *, after: Cursor | None = None, before: Cursor | None = None) -> list[int]:
        """Ids from a place on: downwards, or with `before` upwards."""
        return [row[0] for row in self._first(limit, col(Tip.id), after=after, before=before)]

    def count(self) -> Count:
        """How many there are: all where the counters know it or the list is short, at most CAP, and of a long one those
        among its newest tips."""
        if self._filters.counted:
            return Count(self.kept_count(), more=False)
        newest = self._newest()
        if newest is None:
            n = self.capped()
            return Count(n, more=n >= CAP)
        lead = self._lead if self._lead is LeadCondition.HITS else LeadCondition.IDS
        query = self._select(literal_column("1").label("one"), lead=lead).where(newest)
        return Count(self._count(query.limit(CAP)), more=True)

    def _newest(self) -> ColumnElement[bool] | None:
        """The condition that leaves the newest tips of a long list, so that to count it is never slow; None where it is
        short, led by what is rare, or has an index of its own, which holds little else."""
        if self._hits is not None and self._hits.source is not None:
            return self._newest_hits(self._hits, self._hits.source)
        looked_at = LOOKED_AT if self._hits is None else LOOKED_AT_FOR_WORDS
        if self._kept <= looked_at or self._lead is not LeadCondition.WALK or self._special:
            return None
        last = self._newest_id() - looked_at
        return col(Tip.id) > last if last > 0 else None  # numbered as they came, those that came last lie together

    def _newest_id(self) -> int:
        newest = select(col(Tip.id)).order_by(col(Tip.received_at).desc(), col(Tip.id).desc()).limit(1)
        newest = newest.where(*between(self._filters))
        when = self._filters.since_time, self._filters.before_time
        return once(self._session, "newest", when, lambda: self._session.scalar(newest) or 0)

    def _newest_hits(self, hits: search.IndexHits, source: FromClause) -> ColumnElement[bool] | None:
        if len(hits.key) > 1:
            return None  # a few, all of them known
        [key] = hits.key
        walk = select(key).select_from(source).where(hits.where).order_by(key.desc())
        last = self._session.scalar(walk.offset(LOOKED_AT_FOR_WORDS).limit(1))
        return None if last is None else key > last

    def capped(self, before: Cursor | None = None, cap: int = CAP) -> int:
        """How many there are (above a place), at most `cap`, however long that takes."""
        query = self._select(literal_column("1").label("one"))
        if before is not None or self._lead in (LeadCondition.WALK, LeadCondition.HITS):  # else it would only be sorted
            query = self._ordered(query, before=before)
        with self._walking():
            return self._count(query.limit(cap))

    def restricted(self) -> list[int]:
        """Its restricted tips: few, since each names who may see it."""
        named = select(col(TipAccess.tip_id)).where(col(TipAccess.account_id) == self._by.account_id)
        query = self._select(col(Tip.id), lead=self._lead if self._lead is LeadCondition.HITS else LeadCondition.IDS)
        return list(self._session.scalars(query.where(col(Tip.restricted), col(Tip.id).in_(named))))

    def spread(self, cap: int, *columns: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """How many of its tips there are of each kind by these columns, among the first `cap`, however long it is."""
        query = self._select(*columns)
        with self._walking():
            first = self._ordered(query).limit(cap).subquery()
            return self._session.execute(select(*first.c, func.count()).group_by(*first.c)).all()

    def sources(self) -> list[int]:
        """The callouts that it may hold tips of."""
        if self._callouts is not None:
            return self._callouts
        return [i for i in self._session.scalars(select(col(Callout.id)).where(access.callouts_of(self._by))) if i]

    def since(self, tip_id: int, cap: int) -> int:
        """How many of its tips were made after a tip of this id, at most `cap`."""
        self._lead = LeadCondition.IDS  # the ids of all newer tips: few, where somebody looks now and then
        newer: Select[Any] = select(literal_column("1").label("one")).where(col(Tip.id) > tip_id)
        if self._hits is not None and (few := self._count(newer.limit(FEW_TIPS))) < FEW_TIPS:
            self._few.append(few)
            self._hits = self._search()  # anew: each of the few is looked up, not all hits of the words
        return self._count(self._select(literal_column("1").label("one")).where(col(Tip.id) > tip_id).limit(cap))

    @contextmanager
    def _walking(self) -> Iterator[None]:
        """Where the list is to be walked in its order, and something narrows it, PostgreSQL does so too: it takes the
        conditions for independent of each other, and would sort what it believes to be a few."""
        if self._lead is LeadCondition.WALK and (self._narrow or self._hits):
            with without_sorting(self._session):
                yield
        else:
            yield

    def _count(self, query: Select[Any]) -> int:
        return self._session.scalar(select(func.count()).select_from(query.subquery())) or 0

    def kept_count(self) -> int:
        """How many tips stand where the list looks, by the counters; restricted ones that name the actor included."""
        named = select(col(TipAccess.tip_id)).where(col(TipAccess.account_id) == self._by.account_id)
        query = select(func.count()).where(
            col(Tip.id).in_(named), col(Tip.restricted), *self._standing(LeadCondition.IDS)
        )
        there = self._kept + (self._session.scalar(query) or 0)
        if not self._filters.hides_snoozed:
            return there
        ids = reminders.ids_put_off(self._today)
        put_off = select(func.count()).where(col(Tip.id).in_(ids), *self._standing(LeadCondition.IDS))
        return there - (self._session.scalar(put_off) or 0)

    # Statements

    def _first(
        self, limit: int, *columns: Any, after: Cursor | None = None, before: Cursor | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The first tips from a place on. Where each is asked for words, the walk ends at those that are near: no more
        are met where the words were common once, and then all that have them are looked up."""
        near = self._near(after, before) if limit < LOOKED_AT_FOR_WORDS else None
        if near is not None:
            found = self._walk(limit, columns, after, before, near)
            if len(found) >= limit:
                return found
            self._hits = self._search(thorough=True)
            self._lead = LeadCondition.HITS if self._hits and self._hits.source is not None else self._lead
        return self._walk(limit, columns, after, before)

    def _walk(
        self, limit: int, columns: Sequence[Any], after: Cursor | None, before: Cursor | None, *near: Any
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        query = self._ordered(self._select(*columns).where(*near), after=after, before=before)
        with self._walking():
            return self._session.execute(query.limit(limit)).all()

    def _near(self, after: Cursor | None, before: Cursor | None) -> ColumnElement[bool] | None:
        """The condition that ends a walk for words at so many tips; None where nothing is walked so, or no more are
        there."""
        words = self._hits is not None and self._hits.source is None and self._lead is LeadCondition.WALK
        if not words or self._order.column != "received_at":
            return None
        key, place, down = self._order.key, after or before, self._order.descending == (before is None)
        query = select(key[0]).order_by(*(column.desc() if down else column.asc() for column in key))
        query = query.where(*between(self._filters))
        if place is not None:
            query = query.where(self._order.compared(key, place, further=place is after))
        end = self._session.scalar(query.offset(LOOKED_AT_FOR_WORDS).limit(1))
        if end is None:
            return None
        return key[0] > end if down else key[0] < end  # type: ignore[no-any-return]

    def _select(self, *columns: Any, lead: LeadCondition | None = None) -> Select[Any]:
        query = select(*columns).select_from(Tip).where(*self._standing(lead or self._lead), *self._narrow)
        if self._hits is not None:
            query = query.where(self._hits.where)
            if self._hits.source is not None and self._hits.on is not None:
                query = query.join(self._hits.source, self._hits.on)
        return query

    def _ordered(self, query: Select[Any], *, after: Cursor | None = None, before: Cursor | None = None) -> Select[Any]:
        if self._hits is not None and len(self._hits.key) == 1 and self._order.column == "received_at":
            return self._by_hits(query, self._hits.key[0], after, before)
        key: tuple[Any, ...] = self._order.key
        if self._lead is not LeadCondition.WALK:
            key = tuple(map(Unindexed, key))
        for place in (after, before):
            if place is not None:
                query = query.where(self._order.compared(key, place, further=place is after))
        down = self._order.descending == (before is None)
        return query.order_by(*(column.desc() if down else column.asc() for column in key))

    def _by_hits(self, query: Select[Any], key: Any, after: Cursor | None, before: Cursor | None) -> Select[Any]:
        """In the order of the index of words itself, which is that in which tips came."""
        for place in (after, before):
            if place is not None:
                there = search.row_key(place.at, place.tip_id)
                further = (place is after) == self._order.descending
                query = query.where(key < there if further else key > there)
        down = self._order.descending == (before is None)
        return query.order_by(key.desc() if down else key.asc())

    def _search(self, *, thorough: bool = False) -> search.IndexHits | None:
        f = self._filters
        if not f.text and not f.names:
            return None
        few = min([*self._few, *([] if self._order.column == "received_at" else [FEW_HITS])], default=None)
        since, before = f.since_time, f.before_time
        hits = search.matching(
            self._session, f.text, self._by,
            since=since, before=before, few=few, thorough=thorough, names=f.names,
        )  # fmt: skip
        if hits is None:
            self._narrow.append(false())
        return hits

    # Who sees it, and where its tips stand

    def _callouts_of_list(self) -> list[int] | None:
        """The callouts that the list can hold tips of; None is all."""
        slugs = self._filters.callouts
        unwanted = self._filters.excluded.callouts if self._filters.excluded else ()
        if Role.EDITOR in self._by.roles and not slugs and not unwanted:
            return None
        query = select(col(Callout.id)).where(access.callouts_of(self._by), col(Callout.slug).not_in(unwanted))
        query = query.where(col(Callout.slug).in_(slugs)) if slugs else query
        asked = self._by, tuple(slugs), tuple(unwanted)
        return once(self._session, "callouts of a list", asked, lambda: [i for i in self._session.scalars(query) if i])

    def _assignees_of_list(self) -> list[int] | None:
        """The accounts that have its tips, 0 for nobody; None is anybody."""
        unwanted = self._filters.excluded.assignees if self._filters.excluded else ()
        if not self._filters.assignees and not unwanted:
            return None
        own = self._by.account_id
        asked = accounts.called(self._session, self._filters.assignees, own)
        wanted = asked if self._filters.assignees else {0, *self._everybody()}
        return sorted(wanted - accounts.called(self._session, unwanted, own))

    def _everybody(self) -> list[int]:
        return [i for i in self._session.scalars(select(col(Account.id))) if i]

    def _many_places(self) -> bool:
        """Whether no index has the whole list in its order."""
        scope = self._filters.scope
        parts = (self._callouts, self._assignees, None if scope in ((), OPEN, NOT_SPAM) else scope)
        if self._walks_all and any(part is not None for part in (parts[2:] if self._has_places() else parts)):
            return True
        return any(part is not None and len(part) != 1 for part in parts)

    def _has_places(self) -> bool:
        """Of an order that walks all tips: whether indexes have the list by callout and by assignee."""
        return self._open and self._order.open_places

    def _standing(self, lead: LeadCondition) -> list[ColumnElement[bool]]:
        """Callout, status, assignee and rights. What does not lead is kept quiet."""
        scope = self._filters.scope
        wanted = [access.visible(self._by)]
        if self._filters.impossible:
            return [*wanted, false()]
        one_assignee = self._assignees is not None and len(self._assignees) == 1
        if self._special and self._filters.of_unanswered and lead is LeadCondition.WALK:
            pass  # its own condition says so, and its index is to lead
        elif self._open:
            wanted.append(text(OPEN_WORK))  # type: ignore[arg-type]
        else:
            wanted.append(col(Tip.merged_into).is_(None))
        if scope == NOT_SPAM:
            wanted.append(col(Tip.status) != Status.SPAM)
        elif scope and scope != OPEN:
            wanted.append(self._among(Tip.status, scope, lead, quiet=one_assignee or self._special or self._walks_all))
        none_has_it = self._walks_all and not self._has_places()
        if self._callouts is not None:
            quiet = (one_assignee and not self._special) or self._filters.order is Sort.DUE or none_has_it
            wanted.append(self._among(Tip.callout_id, self._callouts, lead, quiet=quiet))
        if self._assignees is not None:
            wanted.append(self._among(Tip.assignee_id, self._assignees, lead, quiet=self._special or none_has_it))
        return wanted

    def _among(
        self, column: Any, values: Sequence[Any], lead: LeadCondition, *, quiet: bool = False
    ) -> ColumnElement[bool]:
        """One of these values, 0 being none."""
        if not values:
            return false()
        leads = lead is LeadCondition.STANDING or (lead is LeadCondition.WALK and len(values) == 1 and not quiet)
        column = col(column) if leads else Unindexed(col(column))
        given = [value for value in values if value]
        if len(given) < len(values):
            nobody: ColumnElement[bool] = column.is_(None)
            return or_(nobody, column.in_(given)) if given else nobody
        return column == given[0] if len(given) == 1 else column.in_(given)  # type: ignore[no-any-return]
