"""How rows of a list look: what many rows have alike is drawn once and kept, and one flat template writes the rest.

What a list of fifty rows costs is mostly templates. The marks of a row (source, language, consent, days …) take few
values, so the marks of equal rows are the same text, kept for the process.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from flask import render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from tipline.core.filters import Chip, Filters
from tipline.core.filters.orders import Sort
from tipline.core.inbox.list_rows import ListRow
from tipline.core.inbox.snippets import Snippet
from tipline.core.tip_fields import SETTABLE
from tipline.core.triage.tasks import TaskProgress
from tipline.models import Status, Tip
from tipline.vocabularies import Sign
from tipline.web import i18n, templating
from tipline.web.desk import search_snippets
from tipline.web.desk.search_snippets import SearchSnippets
from tipline.web.ids import tip_number

PLACEHOLDER = 987_654_321  # a tip's id in what is drawn once for all rows
NOTHING = Markup()
ENDS = " \"'”’»」』）).,。…"  # what closes a sentence that was cut off before
MAX_TAGS = 4  # of a row; of more it says how many


class RowMarks(NamedTuple):
    """All that the marks of a row show. Rows that are equal here look the same."""

    language: str
    choices: tuple[tuple[str, str], ...]  # name and value of each field that is set to something out of the ordinary
    source: str
    forwarded: bool
    automatic: bool
    photos: int
    files: int
    consent: str
    status: str
    verification: str
    may_belong: bool
    spam: bool
    more_tags: int
    wrote_back: bool
    problem: bool
    draft: bool
    tasks: TaskProgress | None
    due: str
    overdue: bool
    assignee: str
    initials: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as its template writes it: the Markups are drawn, the other texts are written as they are."""

    tip_id: int
    tip: Tip
    classes: str
    current: bool
    unread: bool
    url: str
    select: str  # what the box of the row is called
    name: Markup
    title: Markup | str
    begins: str  # the story after its title
    found: Snippet | None
    lang: Markup
    age: str
    facts: Markup
    tags: Markup
    end: Markup
    is_spam: bool
    signs: Sequence[Sign]
    others: int
    alike_url: str


@dataclass(frozen=True, slots=True)
class ListViews:
    """Draws the rows of one list, for one request. `url`: the address of a tip beside this list."""

    filters: Filters
    open_tip: int | None
    found: SearchSnippets
    colours: Mapping[int, str]
    url: Callable[[int], str]
    list_url: Callable[[str], str]

    def of(self, rows: Iterable[ListRow], names: Mapping[int, str]) -> list[RowView]:
        """Rows with their readers' short names, by tip."""
        before, after = self.url(PLACEHOLDER).split(str(PLACEHOLDER))
        mark, locale = search_snippets.marker(self.found.terms), get_locale()
        return [
            self._view(row, names[row.tip.id or 0], f"{before}{row.tip.id}{after}", mark(row.tip.title), locale)
            for row in rows
        ]

    def _view(self, row: ListRow, name: str, url: str, title: Markup | str, locale: Locale) -> RowView:
        tip = row.tip
        tip_id, current = tip.id or 0, tip.id == self.open_tip
        facts, end = _marks(marks_of(row), locale)
        return RowView(
            tip_id=tip_id,
            tip=tip,
            classes="row" + " unread" * row.unread + " current" * current,
            current=current,
            unread=row.unread,
            url=url,
            select=_("Select %(tip)s", tip=tip_number(tip_id)),
            name=templating.bdi(name),
            title=title or _("Without words"),
            begins=snippet(tip.title, tip.excerpt),
            found=self.found(tip),
            lang=i18n.lang_attribute(tip.language),
            age=i18n.age(self._at(tip)),
            facts=facts,
            tags=_tags(tuple((tag, self.colours.get(tag_id, "")) for tag_id, tag in row.tags))
            if row.tags
            else Markup(),
            end=end,
            is_spam=tip.status is Status.SPAM,
            signs=row.signs,
            others=row.others,
            alike_url=self._alike(tip_id) if row.others and not self.filters.similar else "",
        )

    def _at(self, tip: Tip) -> datetime:
        """The time by which the list is in order."""
        if self.filters.order is Sort.ACTIVE:
            return tip.active_at
        return tip.reader_wrote_at if self.filters.order is Sort.WAITING else tip.received_at

    def _alike(self, tip_id: int) -> str:
        return self.list_url(str(Chip("similar", tip_number(tip_id))))


def snippet(title: str, excerpt: str) -> str:
    """How a story goes on after its title, which is its subject or its first sentence; "" where nothing follows."""
    first = title.removesuffix("…")
    return excerpt[len(first) :].lstrip(ENDS) if first and excerpt.startswith(first) else excerpt


def marks_of(row: ListRow) -> RowMarks:
    tip = row.tip
    return RowMarks(
        language=tip.language,
        choices=tuple(
            (field.name, value)
            for field in SETTABLE.values()
            if field.ordinary and (value := field.of(tip)) != field.ordinary
        ),
        source=tip.source,
        forwarded=tip.forwarded,
        automatic=tip.automatic,
        photos=tip.photos,
        files=tip.files - tip.photos,
        consent=tip.consent,
        status=tip.status,
        verification=tip.verification,
        may_belong=tip.may_belong_to is not None and tip.merged_into is None,
        spam=bool(row.signs) and tip.status is not Status.SPAM,
        more_tags=max(len(row.tags) - MAX_TAGS, 0),
        wrote_back=row.wrote_back,
        problem=row.outgoing_problem,
        draft=row.draft,
        tasks=row.tasks,
        due=i18n.short_day(tip.follow_up_on) if tip.follow_up_on else "",
        overdue=row.overdue,
        assignee=row.assignee,
        initials=row.initials,
    )


@lru_cache(maxsize=20_000)
def _marks(marks: RowMarks, _locale: Locale) -> tuple[Markup, Markup]:
    """What a row says of its tip before the story, and at its end. The page's language is the locale's."""
    return Markup(render_template("desk/_row_facts.html", marks=marks, fields=SETTABLE)), Markup(
        render_template("desk/_row_end.html", marks=marks)
    )


@lru_cache(maxsize=20_000)
def _tags(tags: tuple[tuple[str, str], ...]) -> Markup:
    return Markup(render_template("desk/_row_tags.html", tags=tags[:MAX_TAGS], all=[name for name, _ in tags]))
