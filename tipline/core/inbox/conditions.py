"""What narrows a list beside where its tips stand: tags, language, files, days … and what must not hold."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from tipline.core import accounts, following, similar, tags, tip_fields
from tipline.core.access import Actor
from tipline.core.facts import fact_types, fact_values
from tipline.core.filters import Due, Filters, Has, Is
from tipline.core.inbox import work_filters
from tipline.core.inbox.work_filters import WorkFilter
from tipline.core.readers import same_reader
from tipline.core.tips import reminders
from tipline.db import Unindexed, is_sqlite
from tipline.models import (
    Answer,
    Event,
    Fact,
    FactState,
    Follower,
    Note,
    Outgoing,
    Task,
    Tip,
    TipAccess,
    TipSeen,
    TipTag,
)
from tipline.models.tip import UNANSWERED

FEW_TIPS = 2000  # tips of some places that are quicker to sort than to meet on a walk
FEW_IDS = 7000  # tips whose ids are known, likewise: a page of 50 is met among a million in as many steps

CONFIRMED = (FactState.CONFIRMED,)
STANDING = (FactState.SUGGESTED, FactState.CONFIRMED)


class ListConditions:
    """The conditions of one list, in `wanted`. `few`: upper bounds of how many tips it holds, where they are low."""

    def __init__(self, session: Session, filters: Filters, by: Actor, today: date) -> None:
        self._session, self._by, self._today = session, by, today
        self.few: list[int] = []
        self.wanted: list[ColumnElement[bool]] = list(self._each(filters, leads=True))
        if filters.hides_snoozed:
            self.wanted.append(~reminders.put_off(today))
        if filters.excluded:
            self.wanted += [not_(condition) for condition in self._each(filters.excluded, leads=False)]

    def _each(self, f: Filters, *, leads: bool) -> Iterator[ColumnElement[bool]]:
        """Each filter's condition, which is never unknown (NULL). With `leads`, seldom ones may lead."""
        for names in f.tags:
            yield self._tagged(names, leads)
        for groups, states in ((f.facts, CONFIRMED), (f.suggested, STANDING)):
            for group in groups:
                yield self._fact(group, states, leads)
        for choice in tip_fields.PLAIN:
            if values := f.chosen(choice):
                yield self._worded(choice.column, values, leads)
        if f.languages:
            yield or_(*map(_spoken, f.languages))
        yield from between(f)
        for having in f.has:
            yield or_(*(self._has(one, leads and len(having) == 1) for one in having))
        for marks in f.marks:
            yield or_(*(self._is(mark, leads and len(marks) == 1) for mark in marks))
        if f.due:
            yield self._due(f.due, leads)
        if f.answered:
            yield self._did(work_filters.answered, col(Outgoing.tip_id), f.answered, leads)
        if f.ended:
            yield self._did(work_filters.ended, col(Event.tip_id), f.ended, leads)
        if f.similar:
            yield self._similar(f.similar, leads)
        if f.tips:
            yield self._numbered(col(Tip.id), f.tips, leads)
        if f.readers:
            same = (one for reader_id in f.readers for one in same_reader.group(self._session, reader_id))
            yield self._numbered(col(Tip.reader_id), [*same], leads)

    def _similar(self, tip_id: int, leads: bool) -> ColumnElement[bool]:
        """A cluster leads, be it ever so large: on a walk its tips may lie far behind others."""
        found = similar.like(self._session, tip_id, self._by)
        if found is None:
            return false()
        ids, many = found
        self.few += [many] if leads else []
        return col(Tip.id).in_(ids.correlate(None))

    def _numbered(self, column: Any, numbers: Sequence[int], leads: bool) -> ColumnElement[bool]:
        """Few, however many tips there are, but of a reader who writes all the time."""
        ids: Select[Any] = select(col(Tip.id)).where(column.in_(numbers)).correlate(None)
        return self._of(ids, Unindexed(column).in_(numbers), leads)

    def _worded(self, column: Any, values: Sequence[str], leads: bool) -> ColumnElement[bool]:
        """A word that few tips have leads by its own index; else SQLite is kept from walking that."""
        ids: Select[Any] = select(col(Tip.id)).where(column.in_(values)).correlate(None)
        return self._of(ids, Unindexed(column).in_(values), leads)

    def _tagged(self, names: Sequence[str], leads: bool) -> ColumnElement[bool]:
        """A seldom tag leads; a common one is asked of each tip on the walk."""
        tag_ids = [found for name in names if (found := tags.find(self._session, name))]
        tagged = select(col(TipTag.tip_id)).where(col(TipTag.tag_id).in_(tag_ids or [0]))
        return self._of(tagged, exists(tagged.where(col(TipTag.tip_id) == Tip.id)), leads)

    def _fact(self, group: Sequence[str], states: Sequence[FactState], leads: bool) -> ColumnElement[bool]:
        """Any of these facts in any of these states. A type of a callout that this person does not see is none."""
        found = [fact for part in group if (fact := self._one_fact(part, states)) is not None]
        if not found:
            return false()
        each = [select(col(Fact.tip_id)).where(fact) for fact in found]
        of_tip = or_(*(exists(held.where(col(Fact.tip_id) == Tip.id)) for held in each))
        # Apart from each other: joined by OR, no index would lead SQLite to them.
        ids = each[0] if len(each) == 1 else select(union_all(*each).subquery().c.tip_id).correlate(None)
        return self._of(ids, of_tip, leads)

    def _one_fact(self, part: str, states: Sequence[FactState]) -> ColumnElement[bool] | None:
        key, _, value = part.partition("=")
        kind = fact_types.by_key(self._session, key, self._by)
        if kind is None:
            return None
        of_type = and_(col(Fact.type_id) == kind.id, col(Fact.state).in_(states))
        if not value:
            return of_type
        return and_(of_type, col(Fact.folded).in_(fact_values.wanted(kind, value, self._today)))

    def _of(self, ids: Select[Any], condition: ColumnElement[bool], leads: bool) -> ColumnElement[bool]:
        """By the ids of all that fulfil a condition where they are few, else asked of each tip."""
        return self._among(ids) if leads and self._is_few(ids) else condition

    def _among(self, ids: Select[Any]) -> ColumnElement[bool]:
        """One of these tips. PostgreSQL is given them as a whole: of a join it would take the other side first where it
        thinks that a walk meets some soon, and those with notes may all be old."""
        if is_sqlite(self._session):
            return col(Tip.id).in_(ids)
        return col(Tip.id) == any_(func.array(ids.scalar_subquery(), type_=ARRAY(Integer)))

    def _is_few(self, ids: Select[Any]) -> bool:
        n = self._session.scalar(select(func.count()).select_from(ids.limit(FEW_IDS + 1).subquery())) or 0
        if n <= FEW_IDS:
            self.few.append(n)
        return n <= FEW_IDS

    def _has(self, has: Has, leads: bool) -> ColumnElement[bool]:
        match has:
            case Has.PHOTO:
                return col(Tip.photos) > 0
            case Has.FILE:
                return col(Tip.files) > 0
            case Has.REPLY:
                return col(Tip.answered_at).is_not(None)
            case Has.NOTE:
                return self._written(Note, leads)
            case Has.ANSWER:
                return self._written(Answer, leads)

    def _written(self, table: type[Note | Answer], leads: bool) -> ColumnElement[bool]:
        """Tips with a row of a table. In order, since an index alone has that, and each tip is asked for one row of its
        own: else PostgreSQL reads the whole table, with all that is written in it."""
        tip_id = col(table.tip_id)
        one = select(tip_id).where(tip_id == Tip.id).limit(1).scalar_subquery()
        return self._of(select(tip_id).order_by(tip_id), one.is_not(None), leads)

    def _due(self, due: Due, leads: bool) -> ColumnElement[bool]:
        """Tips to come back to on a day, and those on which a task of one's own is due."""
        of_tips = and_(col(Tip.follow_up_on).is_not(None), self._on(col(Tip.follow_up_on), due))
        mine = (col(Task.assignee_id) == self._by.account_id, col(Task.done_at).is_(None))
        tasks = select(col(Task.tip_id)).where(*mine, self._on(col(Task.due_on), due))
        # Apart from each other: joined by OR, no index would lead PostgreSQL to them.
        both = union_all(select(col(Tip.id)).where(of_tips), tasks).subquery()
        return self._of(select(both.c.id).correlate(None), or_(of_tips, col(Tip.id).in_(tasks)), leads)

    def _did(self, deed: WorkFilter, tip_id: Any, said: str, leads: bool) -> ColumnElement[bool]:
        """Tips on which somebody did something."""
        who, since, until = work_filters.days_of(said)
        did = deed(accounts.called(self._session, [who], self._by.account_id), since, until)
        return self._of(did.correlate(None), exists(did.where(tip_id == Tip.id)), leads)

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

    def _is(self, mark: Is, leads: bool) -> ColumnElement[bool]:
        match mark:
            case Is.FORWARDED | Is.AUTOMATIC:
                marked: ColumnElement[bool] = literal_column(f"tip.{mark.value}")  # by the words of its index
                return self._of(select(col(Tip.id)).where(marked).correlate(None), marked, leads)
            case Is.RESTRICTED:
                named = select(col(TipAccess.tip_id)).where(col(TipAccess.account_id) == self._by.account_id)
                restricted = col(Tip.restricted).is_(True)
                return and_(col(Tip.id).in_(named), restricted) if leads and self._is_few(named) else restricted
            case Is.FOLLOWED:
                ids = following.followed(self._by)
                return self._of(ids, exists(ids.where(col(Follower.tip_id) == Tip.id)), leads)
            case Is.SNOOZED:
                put_off = reminders.put_off(self._today)
                return self._of(select(col(Tip.id)).where(put_off).correlate(None), put_off, leads)
            case Is.UNANSWERED:
                owed: ColumnElement[bool] = literal_column(f"({UNANSWERED})")
                return owed  # an index in the order of lists holds them: core.inbox.listing lets it lead
            case Is.UNREAD:
                seen = col(TipSeen.tip_id) == Tip.id, col(TipSeen.account_id) == self._by.account_id
                return ~exists(select(col(TipSeen.tip_id)).where(*seen, col(TipSeen.seen_at) >= Tip.active_at))


def between(f: Filters) -> Iterator[ColumnElement[bool]]:
    """The conditions of the times in which tips came."""
    if f.since_time:
        yield col(Tip.received_at) >= f.since_time
    if f.before_time:
        yield col(Tip.received_at) < f.before_time


def _spoken(language: str) -> ColumnElement[bool]:
    """ "none" is a language that is not known, "zh" is zh-Hans and zh-Hant too. By the column itself: of what is made
    of it, PostgreSQL knows not how many are like that. A language has no signs that mean something here."""
    if language == "none":
        return col(Tip.language) == ""
    return or_(col(Tip.language).ilike(language), col(Tip.language).ilike(f"{language}-%"))
