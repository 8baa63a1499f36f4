"""The statements of one list of tips: who may see it, what it is narrowed to, newest first, from a place on.

What decides their speed is which condition leads. Where few tips are left (the counters know, or a tag's or a date's
own index), these are fetched and sorted; else the list is walked from its newest tip on until the page is full.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, exists, false, func, literal_column, or_, select, text, union_all
from sqlmodel import Session, col

from tipline.core import access, counters, search
from tipline.core.access import Actor
from tipline.core.filters import NOT_SPAM, OPEN, Due, Filters, Has, Is
from tipline.db import is_sqlite
from tipline.models import Account, Callout, Role, Status, Tag, Task, Tip, TipAccess, TipSeen, TipTag
from tipline.models.tip import OPEN_WORK, OWED

CAP = 1000  # what is not kept in counters is counted up to here
FEW = 2000  # tips that are quicker to sort than to meet on a walk
FEW_RESTRICTED = 20  # about as many as are named for one person, and in no counter
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in newest-first order; `str` gives what a URL carries."""

    at: datetime
    tip_id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.tip_id}"

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """The place that a URL names; None where it names none."""
        found = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,9})", value)
        return cls(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


class Lead(StrEnum):
    """Which condition the database begins with. SQLite has no statistics to choose by, so it is left no choice."""

    WALK = "walk"  # from the newest tip on, by an index in that order
    STANDING = "standing"  # callouts, statuses or assignees of few tips, sorted
    IDS = "ids"  # a seldom tag or due dates: their tips, sorted
    HITS = "hits"  # the words of a search


class Listing:
    """One list for one person. `today` is the day where they are."""

    def __init__(self, session: Session, filters: Filters, by: Actor, today: date) -> None:
        self._session, self._filters, self._by, self._today = session, filters, by, today
        self._sqlite = is_sqlite(session)
        self._callouts = self._callouts_of_list()
        self._assignees = self._assignees_of_list()
        self._few: list[int] = []  # upper bounds of how many tips it holds, where they are low
        self._narrow = self._narrowed()
        lead = Lead.IDS if self._few else Lead.WALK
        kept = counters.total(session, self._callouts, filters.scope, self._assignees)
        if kept <= FEW:
            self._few.append(kept + FEW_RESTRICTED)
            lead = Lead.STANDING if lead is Lead.WALK and self._many_places() else lead
        self._hits = self._search()
        self._lead = Lead.HITS if self._hits and self._hits.source is not None else lead
        self._kept = kept

    # What is asked of a list

    def tips(self, after: Cursor | None, limit: int) -> list[Tip]:
        """The tips from a place on, newest first."""
        return list(self._session.scalars(self._ordered(self._select(Tip), older=after).limit(limit)))

    def ids(self, limit: int, *, older: Cursor | None = None, newer: Cursor | None = None) -> list[int]:
        """Ids from a place on: downwards, or with `newer` upwards."""
        query = self._ordered(self._select(col(Tip.id)), older=older, newer=newer)
        return list(self._session.scalars(query.limit(limit)))

    def capped(self, newer: Cursor | None = None) -> int:
        """How many there are (above a place), at most CAP."""
        query = self._ordered(self._select(literal_column("1").label("one")), newer=newer).limit(CAP)
        return self._session.scalar(select(func.count()).select_from(query.subquery())) or 0

    def kept_count(self) -> int:
        """How many tips stand where the list looks, by the counters; restricted ones that name the actor included."""
        named = select(col(TipAccess.tip_id)).where(col(TipAccess.account_id) == self._by.account_id)
        query = select(func.count()).where(col(Tip.id).in_(named), col(Tip.restricted), *self._standing(Lead.IDS))
        return self._kept + (self._session.scalar(query) or 0)

    # Statements

    def _select(self, *columns: Any) -> Select[Any]:
        query = select(*columns).select_from(Tip).where(*self._standing(self._lead), *self._narrow)
        if self._hits is not None:
            query = query.where(self._hits.where)
            if self._hits.source is not None and self._hits.on is not None:
                query = query.join(self._hits.source, self._hits.on)
        return query

    def _ordered(self, query: Select[Any], *, older: Cursor | None = None, newer: Cursor | None = None) -> Select[Any]:
        key: tuple[Any, ...] = self._hits.key if self._hits else (col(Tip.received_at), col(Tip.id))
        if self._lead in (Lead.STANDING, Lead.IDS):
            key = tuple(self._quiet(column) for column in key)
        for place in (older, newer):
            if place is not None:
                left, right = search.keyed(key, place.at, place.tip_id)
                query = query.where(left > right if newer else left < right)
        return query.order_by(*(column.asc() if newer else column.desc() for column in key))

    def _quiet(self, column: Any) -> Any:
        """A column that keeps SQLite from choosing an index for it."""
        return literal_column(f"+tip.{column.name}", column.type) if self._sqlite else column

    def _search(self) -> search.Hits | None:
        f = self._filters
        if not f.text:
            return None
        few = min(self._few, default=None)
        hits = search.matching(self._session, f.text, since=f.since_time, before=f.before_time, few=few)
        if hits is None:
            self._narrow.append(false())
        return hits

    # Who sees it, and where its tips stand

    def _callouts_of_list(self) -> list[int] | None:
        """The callouts that the list can hold tips of; None is all."""
        slug = self._filters.callout
        if Role.EDITOR in self._by.roles and not slug:
            return None
        query = select(col(Callout.id)).where(access.callouts_of(self._by))
        return [i for i in self._session.scalars(query.where(col(Callout.slug) == slug) if slug else query) if i]

    def _assignees_of_list(self) -> list[int] | None:
        """The accounts that have its tips, 0 for nobody; None is anybody."""
        assignee = self._filters.assignee
        if not assignee:
            return None
        if assignee in ("me", "none"):
            return [self._by.account_id if assignee == "me" else 0]
        if assignee.isascii() and assignee.isdigit() and len(assignee) < 10:
            return [int(assignee)]
        named = func.lower(col(Account.name)).contains(assignee.lower(), autoescape=True)
        return [i for i in self._session.scalars(select(col(Account.id)).where(named).limit(50)) if i]

    def _many_places(self) -> bool:
        """Whether no index has the whole list in its order."""
        scope = self._filters.scope
        parts = (self._callouts, self._assignees, None if scope in ((), OPEN, NOT_SPAM) else scope)
        return any(part is not None and len(part) != 1 for part in parts)

    def _standing(self, lead: Lead) -> list[ColumnElement[bool]]:
        """Callout, status, assignee and rights. What does not lead is kept quiet."""
        scope = self._filters.scope
        wanted = [access.visible(self._by)]
        one_assignee = self._assignees is not None and len(self._assignees) == 1
        if scope and set(scope) <= set(OPEN):
            wanted.append(text(OPEN_WORK))  # type: ignore[arg-type]
        else:
            wanted.append(col(Tip.joined_into).is_(None))
        if scope == NOT_SPAM:
            wanted.append(col(Tip.status) != Status.SPAM)
        elif scope and scope != OPEN:
            wanted.append(self._among(Tip.status, scope, lead, quiet=one_assignee))
        if self._callouts is not None:
            wanted.append(self._among(Tip.callout_id, self._callouts, lead, quiet=one_assignee))
        if self._assignees is not None:
            wanted.append(self._among(Tip.assignee_id, [a or None for a in self._assignees], lead))
        return wanted

    def _among(self, column: Any, values: Sequence[Any], lead: Lead, *, quiet: bool = False) -> ColumnElement[bool]:
        if not values:
            return false()
        leads = lead is Lead.STANDING or (lead is Lead.WALK and len(values) == 1 and not quiet)
        column = col(column) if leads else self._quiet(column)
        return column == values[0] if len(values) == 1 else column.in_(values)  # type: ignore[no-any-return]

    # What narrows it

    def _narrowed(self) -> list[ColumnElement[bool]]:
        f = self._filters
        wanted = [self._tagged(name) for name in f.tags]
        for column, values in ((Tip.source, f.source), (Tip.consent, f.consent), (Tip.verification, f.verification)):
            if values:
                wanted.append(col(column).in_(values))
        if f.language:
            spoken = func.lower(col(Tip.language))
            wanted.append(or_(spoken == f.language, spoken.startswith(f"{f.language}-", autoescape=True)))
        if f.since_time:
            wanted.append(col(Tip.received_at) >= f.since_time)
        if f.before_time:
            wanted.append(col(Tip.received_at) < f.before_time)
        wanted += [col(Tip.photos if has is Has.PHOTO else Tip.files) > 0 for has in f.has]
        wanted += [self._is(mark) for mark in f.marks]
        if f.due:
            wanted.append(self._due(f.due))
        return wanted

    def _tagged(self, name: str) -> ColumnElement[bool]:
        """A seldom tag leads; a common one is asked of each tip on the walk."""
        folded = unicodedata.normalize("NFKC", name).casefold()
        tag_id = self._session.scalar(select(col(Tag.id)).where(col(Tag.folded) == folded))
        tagged = select(col(TipTag.tip_id)).where(col(TipTag.tag_id) == (tag_id or 0))
        if self._is_few(tagged):
            return col(Tip.id).in_(tagged)
        return exists(tagged.where(col(TipTag.tip_id) == Tip.id))

    def _is_few(self, ids: Select[Any]) -> bool:
        n = self._session.scalar(select(func.count()).select_from(ids.limit(FEW + 1).subquery())) or 0
        if n <= FEW:
            self._few.append(n)
        return n <= FEW

    def _due(self, due: Due) -> ColumnElement[bool]:
        """Tips to come back to on a day, and those on which a task of one's own is due."""
        of_tips = self._on(col(Tip.follow_up_on), due)
        mine = (col(Task.assignee_id) == self._by.account_id, col(Task.done_at).is_(None))
        tasks = select(col(Task.tip_id)).where(*mine, self._on(col(Task.due_on), due))
        # Apart from each other: joined by OR, no index would lead PostgreSQL to them.
        both = union_all(select(col(Tip.id)).where(of_tips), tasks).subquery()
        ids = select(both.c.id)
        return col(Tip.id).in_(ids.correlate(None)) if self._is_few(ids) else or_(of_tips, col(Tip.id).in_(tasks))

    def _on(self, day: Any, due: Due) -> ColumnElement[bool]:
        match due:
            case Due.NOW:
                condition = day <= self._today
            case Due.TODAY:
                condition = day == self._today
            case Due.OVERDUE:
                condition = day < self._today
            case Due.ANY:
                condition = day.is_not(None)
        return condition  # type: ignore[no-any-return]

    def _is(self, mark: Is) -> ColumnElement[bool]:
        if mark is Is.FORWARDED:
            return col(Tip.forwarded).is_(True)
        if mark is Is.AUTOMATIC:
            return col(Tip.automatic).is_(True)
        if mark is Is.UNANSWERED:
            return text(OWED)  # type: ignore[return-value]
        seen = col(TipSeen.tip_id) == Tip.id, col(TipSeen.account_id) == self._by.account_id
        return ~exists(select(col(TipSeen.tip_id)).where(*seen, col(TipSeen.seen_at) >= Tip.reader_wrote_at))
