"""Questions: one field of a callout's form each, with its words in every language.

A question that readers have been shown keeps its words: when an editor changes them, a new question takes its place
and the old one retires, so that every answer, even one from a page opened yesterday, stands under what was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.models import Answer, IdentityAnswer, Question, QuestionKind, QuestionText

WITH_OPTIONS = frozenset({QuestionKind.ONE, QuestionKind.SEVERAL})
WITH_CHOICES = WITH_OPTIONS | {QuestionKind.YES_NO}  # kinds that a condition can look at, and results count


@dataclass(frozen=True, slots=True)
class QuestionTexts:
    """What a question says in one language. The n-th option is the same choice in every language."""

    wording: str
    hint: str = ""
    options: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AskIf:
    """Asked only where the answer to an earlier question is one of these options.

    `question` is that one's place in a draft (from 0), its `origin` in a view.
    """

    question: int
    options: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as an editor wants it; `id` is None for a new one."""

    id: int | None
    kind: QuestionKind
    required: bool
    identity: bool
    texts: dict[str, QuestionTexts]
    publish: bool = False  # its answers may be published, as far as the reader allows it
    new_page: bool = False
    guide: int | None = None  # of characters
    least: int | None = None
    most: int | None = None
    ask_if: AskIf | None = None
    ends_if: tuple[int, ...] = ()  # options after which nothing more is asked


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
    origin: int = 0  # the id of its first version: answers to all versions are compared, conditions name it
    publish: bool = False
    new_page: bool = False
    guide: int | None = None
    least: int | None = None
    most: int | None = None
    ask_if: AskIf | None = None
    ends_if: tuple[int, ...] = ()


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
    ask_if = AskIf(row.ask_if_id, tuple(row.ask_if_options)) if row.ask_if_id else None
    return shown(row, question.texts, language, languages, id=row.id, origin=_origin(row), ask_if=ask_if)


def shown(
    source: Question | QuestionDraft,
    texts: Mapping[str, QuestionText] | Mapping[str, QuestionTexts],
    language: str,
    languages: Sequence[str],
    *,
    id: int,
    origin: int,
    ask_if: AskIf | None,
) -> QuestionView:
    """A question, saved or only typed, in a language, or in the first of these that it is written in."""
    code = next((code for code in (language, *languages) if code in texts and texts[code].wording), "")
    said = texts[code] if code else QuestionTexts("")
    return QuestionView(
        id,
        source.kind,
        said.wording,
        said.hint,
        list(said.options),
        source.required,
        source.identity,
        code or language,
        origin=origin,
        publish=source.publish,
        new_page=source.new_page,
        guide=source.guide,
        least=source.least,
        most=source.most,
        ask_if=ask_if,
        ends_if=tuple(source.ends_if),
    )


def drafts_of(standing: Sequence[Worded]) -> list[QuestionDraft]:
    """A callout's questions as their editor last left them."""
    places = {_origin(question.row): place for place, question in enumerate(standing)}
    return [_draft_of(question, places) for question in standing]


def put(session: Session, callout_id: int, wanted: Sequence[QuestionDraft], *, shown: bool) -> None:
    """Make a callout's questions what the drafts say; those left out retire. `shown` = readers have seen them.

    A condition that names no earlier question of the draft is dropped.
    """
    there = standing(session, callout_id)
    stays = matched(session, callout_id, there, wanted)
    rows = []
    for one, old in zip(wanted, stays, strict=True):
        if old is not None and asks_otherwise(old, one) and (shown or has_answers(session, old.row.id)):
            old.row.retired = True
            session.add(old.row)
            rows.append(Question(callout_id=callout_id, position=0, kind=one.kind, origin_id=_origin(old.row)))
        elif old is not None:
            rows.append(old.row)
        else:
            rows.append(Question(callout_id=callout_id, position=0, kind=one.kind))
    session.add_all(rows)
    session.flush()
    for position, (row, one) in enumerate(zip(rows, wanted, strict=True)):
        _set(row, one, position, rows[:position])
        session.add(row)
        assert row.id is not None
        _put_texts(session, row.id, one.texts)
    kept = {question.row.id for question in stays if question}
    for gone in there:
        if gone.row.id not in kept:
            gone.row.retired = True
            session.add(gone.row)


def matched(
    session: Session, callout_id: int, there: Sequence[Worded], wanted: Sequence[QuestionDraft]
) -> list[Worded | None]:
    """For each draft the question that stands which it is about; None where it is a new one.

    A question that another editor reworded meanwhile is found by its origin, else it would be cut off from earlier
    answers. An id that is not of this callout is a new question: ids in forms are not trusted.
    """
    by_id = {question.row.id: question for question in there}
    found = [by_id.pop(one.id, None) if one.id else None for one in wanted]
    if all(old or not one.id for old, one in zip(found, wanted, strict=True)):
        return found
    mine = select(Question).where(col(Question.callout_id) == callout_id, col(Question.retired))
    origins = {row.id: _origin(row) for row in session.scalars(mine)}
    left = {_origin(question.row): question for question in by_id.values()}
    return [
        old or (left.pop(origins[one.id], None) if one.id in origins else None)
        for old, one in zip(found, wanted, strict=True)
    ]


def _worded(session: Session, rows: list[Question]) -> list[Worded]:
    texts: dict[int, dict[str, QuestionText]] = {}
    ids = [row.id for row in rows]
    for text in session.scalars(select(QuestionText).where(col(QuestionText.question_id).in_(ids))):
        texts.setdefault(text.question_id, {})[text.language] = text
    return [Worded(row, texts.get(row.id or 0, {})) for row in rows]


def _origin(row: Question) -> int:
    assert row.id is not None
    return row.origin_id or row.id


def _draft_of(question: Worded, places: Mapping[int, int]) -> QuestionDraft:
    row = question.row
    said = {t.language: QuestionTexts(t.wording, t.hint, list(t.options)) for t in question.texts.values()}
    place = places.get(row.ask_if_id) if row.ask_if_id else None
    return QuestionDraft(
        row.id,
        row.kind,
        row.required,
        row.identity,
        said,
        publish=row.publish,
        new_page=row.new_page,
        guide=row.guide,
        least=row.least,
        most=row.most,
        ask_if=AskIf(place, tuple(row.ask_if_options)) if place is not None else None,
        ends_if=tuple(row.ends_if),
    )


def _set(row: Question, wanted: QuestionDraft, position: int, before: Sequence[Question]) -> None:
    row.position, row.kind, row.required, row.identity = position, wanted.kind, wanted.required, wanted.identity
    row.publish, row.new_page, row.guide = wanted.publish and not wanted.identity, wanted.new_page, wanted.guide
    row.least, row.most, row.ends_if = wanted.least, wanted.most, list(wanted.ends_if)
    row.ask_if_id, row.ask_if_options = None, []
    if wanted.ask_if is not None and 0 <= wanted.ask_if.question < len(before) and wanted.ask_if.options:
        row.ask_if_id = _origin(before[wanted.ask_if.question])
        row.ask_if_options = list(wanted.ask_if.options)


def asks_otherwise(question: Worded, wanted: QuestionDraft) -> bool:
    """Whether a reader of the old form and one of the new would answer different questions. Hints may change.

    Whose answers may newly be published is one: those who answered before were not asked about that.
    """
    row = question.row
    if (row.kind, row.identity) != (wanted.kind, wanted.identity):
        return True
    if wanted.publish and not wanted.identity and not row.publish:
        return True
    if row.kind is QuestionKind.RATING and row.most != wanted.most:
        return True
    for language, new in wanted.texts.items():
        old = question.texts.get(language)
        if old is not None and old.wording and (old.wording, list(old.options)) != (new.wording, new.options):
            return True
    return False


def has_answers(session: Session, question_id: int | None) -> bool:
    """Whether anybody answered it, on a restricted tip too."""
    for table in (Answer, IdentityAnswer):
        query = select(col(table.id)).where(col(table.question_id) == question_id).limit(1)
        if session.scalars(query).first() is not None:
            return True
    return False


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
