"""The answers to a callout as a table, one row a tip: those of the form, and what came by mail, side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from tipline.core import events, results
from tipline.core.access import Actor
from tipline.core.callouts.questions import WITH_CHOICES
from tipline.core.filters.orders import Cursor
from tipline.core.readers import identities, masking
from tipline.core.readers.identities import ExportedIdentity
from tipline.core.results import ResultsFilter, ResultsScope, distribution
from tipline.core.tips import identifying_answers
from tipline.db import Database
from tipline.errors import NotAllowed
from tipline.models import (
    Answer,
    AnswerChoice,
    Direction,
    Message,
    QuestionKind,
    Tag,
    Tip,
    TipTag,
    Verb,
)
from tipline.vocabularies import Source

CHUNK = 500  # tips that an export holds at once


@dataclass(frozen=True, slots=True)
class Heading:
    """One question as a column. `options` are its labels by number, [] where it has none."""

    question_id: int
    kind: QuestionKind
    wording: str
    options: list[str]
    retired: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """An answer: as it was written, and the numbers of the options where some were chosen."""

    value: str
    withheld: bool
    options: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRow:
    """One tip. `told` is what its reader wrote outside of the form's questions: a mail, or something added later."""

    tip: Tip
    told: str
    cells: dict[int, Cell]
    tags: list[str] = field(default_factory=list)
    known: ExportedIdentity | None = None  # who the reader is, where that was asked for

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.tip.received_at, self.tip.id or 0)


def headings(scope: ResultsScope, language: str, *, identity: bool = False) -> list[Heading]:
    """The questions of a callout, each version a column of its own: every answer stands under what was asked.

    With `identity` those that say who the reader is instead.
    """
    found = []
    for family in distribution.families(scope):
        for view, retired in distribution.views(scope, family, language):
            reveals = view.identity or view.kind in identifying_answers.KINDS
            if reveals is identity and view.kind is not QuestionKind.FILE:
                options = distribution.labels(view) if view.kind in WITH_CHOICES else []
                found.append(Heading(view.id, view.kind, view.wording, options, retired))
    return found


def rows(
    scope: ResultsScope,
    questions: Sequence[Heading],
    after: Cursor | None,
    limit: int = CHUNK,
    *,
    identity: bool = False,
) -> list[TableRow]:
    """Rows from a place on, newest first, by a fixed number of queries."""
    query = select(Tip).where(*scope.tips())
    if after is not None:
        query = query.where(tuple_(col(Tip.received_at), col(Tip.id)) < tuple_(after.at, after.tip_id))
    tips = list(scope.session.scalars(query.order_by(col(Tip.received_at).desc(), col(Tip.id).desc()).limit(limit)))
    ids = [tip.id for tip in tips if tip.id]
    if not ids:
        return []
    cells = _cells(scope.session, ids, {heading.question_id for heading in questions})
    said, tagged = told(scope.session, tips, cells, identity=identity), tags(scope.session, ids)
    return [
        TableRow(t, "\n\n".join(said.get(t.id or 0, ())), cells.get(t.id or 0, {}), tagged.get(t.id or 0, []))
        for t in tips
    ]


def may_export(session: Session, callout_id: int, by: Actor, *, identity: bool) -> None:
    """NotVisible where the callout is none of theirs; NotAllowed where identities are not theirs to see."""
    results.scope(session, callout_id, ResultsFilter(), by)
    if identity and not by.works_tips:
        raise NotAllowed(identities.NOT_TO_EXPORT)


def exported(session: Session, callout_id: int, by: Actor, form: str, *, identity: bool) -> None:
    """Record that somebody took the answers out of the house. `form` is "csv" or "xlsx"."""
    may_export(session, callout_id, by, identity=identity)
    after = f"{form} identity" if identity else form
    events.record(session, Verb.EXPORTED, by=by, object_id=callout_id, after=after)


def everything(
    database: Database, scope: ResultsScope, questions: Sequence[Heading], *, identity: bool = False
) -> Iterator[TableRow]:
    """Every row of an export, newest first. Each piece is read in a transaction of its own, so that a slow download
    keeps nobody waiting; who may see it is asked anew for each."""
    after: Cursor | None = None
    while True:
        with masking.reading(database, masked=not identity) as session:
            here = results.scope(session, scope.callout.id or 0, scope.wanted, scope.by)
            piece = rows(here, questions, after, identity=identity)
            who = identities.of(session, [row.tip for row in piece], scope.by) if identity else {}
        for row in piece:
            yield TableRow(row.tip, row.told, row.cells, row.tags, who.get(row.tip.id or 0))
        if len(piece) < CHUNK:
            return
        after = piece[-1].cursor


def _cells(session: Session, ids: Sequence[int], question_ids: set[int]) -> dict[int, dict[int, Cell]]:
    chosen: dict[int, list[int]] = {}
    of_tips = select(col(AnswerChoice.answer_id), col(AnswerChoice.option)).join(
        Answer, col(Answer.id) == AnswerChoice.answer_id
    )
    for answer_id, option in session.execute(of_tips.where(col(Answer.tip_id).in_(ids))):
        chosen.setdefault(answer_id, []).append(option)
    found: dict[int, dict[int, Cell]] = {}
    for answer in session.scalars(select(Answer).where(col(Answer.tip_id).in_(ids))):
        if answer.question_id in question_ids:
            cell = Cell(answer.value, answer.withheld, tuple(sorted(chosen.get(answer.id, ()))))
            found.setdefault(answer.tip_id, {})[answer.question_id] = cell
    return found


def told(
    session: Session, tips: Sequence[Tip], cells: Mapping[int, Mapping[int, Cell]], *, identity: bool
) -> dict[int, list[str]]:
    """The reader's messages, one after the other; without `identity` what tells who they are is cut out of them. What a
    form tells is in its `cells` already, where it has some."""
    by_form = {tip.id for tip in tips if tip.source is Source.FORM}
    ids = [tip.id for tip in tips if tip.id]
    hidden = {} if identity else identifying_answers.of(session, ids)
    texts: dict[int, list[str]] = {}
    columns = col(Message.tip_id), col(Message.source), col(Message.text)
    query = select(*columns).where(col(Message.tip_id).in_(ids), col(Message.direction) == Direction.IN)
    for tip_id, source, text in session.execute(query.order_by(col(Message.sent_at), col(Message.id))):
        if not (tip_id in by_form and source is Source.FORM and cells.get(tip_id)):
            plain = hidden[tip_id].without(text, source) if tip_id in hidden else text
            texts.setdefault(tip_id, []).append(plain)
    return texts


def tags(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of each tip's tags."""
    found: dict[int, list[str]] = {}
    query = select(col(TipTag.tip_id), col(Tag.name)).join(Tag, col(Tag.id) == TipTag.tag_id)
    for tip_id, name in session.execute(query.where(col(TipTag.tip_id).in_(ids)).order_by(col(Tag.folded))):
        found.setdefault(tip_id, []).append(name)
    return found
