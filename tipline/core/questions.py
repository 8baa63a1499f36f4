"""Questions: one field of a callout's form each, with its words in every language.

A question that readers have been shown keeps its words: when an editor changes them, a new question takes its place
and the old one retires, so that every answer, even one from a page opened yesterday, stands under what was asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.models import Answer, IdentityAnswer, Question, QuestionKind, QuestionText

WITH_OPTIONS = frozenset({QuestionKind.ONE, QuestionKind.SEVERAL})


@dataclass(frozen=True, slots=True)
class QuestionTexts:
    """What a question says in one language. The n-th option is the same choice in every language."""

    wording: str
    hint: str = ""
    options: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as an editor wants it; `id` is None for a new one."""

    id: int | None
    kind: QuestionKind
    required: bool
    identity: bool
    texts: dict[str, QuestionTexts]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question in the reader's language; `language` says which one its words are in, should a translation lack."""

    id: int
    kind: QuestionKind
    wording: str
    hint: str
    options: list[str]
    required: bool
    identity: bool
    language: str


@dataclass(frozen=True, slots=True)
class Worded:
    """A question with its texts by language."""

    row: Question
    texts: dict[str, QuestionText]


def standing(session: Session, callout_id: int) -> list[Worded]:
    """The questions that a callout asks now, in their order."""
    rows = session.scalars(
        select(Question)
        .where(col(Question.callout_id) == callout_id, col(Question.retired).is_(False))
        .order_by(col(Question.position), col(Question.id))
    )
    return _worded(session, list(rows))


def asked(session: Session, callout_id: int, ids: Sequence[int]) -> list[Worded]:
    """The questions of a page that a reader has open, retired ones included; ids of other callouts are left out."""
    rows = session.scalars(
        select(Question)
        .where(col(Question.callout_id) == callout_id, col(Question.id).in_(ids))
        .order_by(col(Question.position), col(Question.id))
    )
    return _worded(session, list(rows))


def view(question: Worded, language: str, languages: list[str]) -> QuestionView:
    """A question in a language, or in the callout's first one that it is written in."""
    row = question.row
    assert row.id is not None
    shown = QuestionView(row.id, row.kind, "", "", [], row.required, row.identity, language)
    for wanted in (language, *languages):
        said = question.texts.get(wanted)
        if said is not None and said.wording:
            return replace(
                shown, wording=said.wording, hint=said.hint, options=list(said.options), language=said.language
            )
    return shown


def draft_of(question: Worded) -> QuestionDraft:
    """A question as its editor last left it."""
    row = question.row
    said = {t.language: QuestionTexts(t.wording, t.hint, list(t.options)) for t in question.texts.values()}
    return QuestionDraft(row.id, row.kind, row.required, row.identity, said)


def put(session: Session, callout_id: int, wanted: Sequence[QuestionDraft], *, shown: bool) -> None:
    """Make a callout's questions what the drafts say; those left out retire. `shown` = readers have seen them."""
    there = {question.row.id: question for question in standing(session, callout_id)}
    for position, one in enumerate(wanted):
        question = there.pop(one.id, None)
        if question is None or question.row.id is None:
            # an id that is not of this callout, or retired meanwhile, is a new question: ids in forms are not trusted
            _add(session, callout_id, one, position)
            continue
        row = question.row
        if _asks_otherwise(question, one) and (shown or _has_answers(session, question.row.id)):
            row.retired = True
            _add(session, callout_id, one, position)
        else:
            row.position, row.kind, row.required, row.identity = position, one.kind, one.required, one.identity
            _put_texts(session, question.row.id, one.texts)
        session.add(row)
    for gone in there.values():
        gone.row.retired = True
        session.add(gone.row)


def _worded(session: Session, rows: list[Question]) -> list[Worded]:
    texts: dict[int, dict[str, QuestionText]] = {}
    ids = [row.id for row in rows]
    for text in session.scalars(select(QuestionText).where(col(QuestionText.question_id).in_(ids))):
        texts.setdefault(text.question_id, {})[text.language] = text
    return [Worded(row, texts.get(row.id or 0, {})) for row in rows]


def _asks_otherwise(question: Worded, wanted: QuestionDraft) -> bool:
    """Whether a reader of the old form and one of the new would answer different questions. Hints may change."""
    if (question.row.kind, question.row.identity) != (wanted.kind, wanted.identity):
        return True
    for language, new in wanted.texts.items():
        old = question.texts.get(language)
        if old is not None and old.wording and (old.wording, list(old.options)) != (new.wording, new.options):
            return True
    return False


def _has_answers(session: Session, question_id: int) -> bool:
    for table in (Answer, IdentityAnswer):
        query = select(col(table.id)).where(col(table.question_id) == question_id).limit(1)
        if session.scalars(query).first() is not None:
            return True
    return False


def _add(session: Session, callout_id: int, wanted: QuestionDraft, position: int) -> None:
    row = Question(
        callout_id=callout_id,
        position=position,
        kind=wanted.kind,
        required=wanted.required,
        identity=wanted.identity,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    _put_texts(session, row.id, wanted.texts)


def _put_texts(session: Session, question_id: int, wanted: dict[str, QuestionTexts]) -> None:
    for language, said in wanted.items():
        session.merge(
            QuestionText(
                question_id=question_id,
                language=language,
                wording=said.wording,
                hint=said.hint,
                options=list(said.options),
            )
        )
