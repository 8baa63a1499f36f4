"""The facts of one tip as its page shows them: what is confirmed, what is suggested and where that was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from unicodedata import east_asian_width

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.facts import fact_types
from tipline.models import Answer, Fact, FactState, FactType, Message, Tip

AROUND = 44  # columns before and behind a passage that are shown with it; a Chinese character takes two


@dataclass(frozen=True, slots=True)
class Read:
    """A suggested fact with the words that it was read in, and a little of what stands around them."""

    fact: Fact
    kind: FactType
    before: str = ""
    passage: str = ""
    behind: str = ""
    message_id: int | None = None  # of this tip, where it can be shown


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters of a message in which a fact was read."""

    fact_id: int
    message_id: int
    begin: int
    until: int
    kind: FactType


@dataclass(frozen=True, slots=True)
class Facts:
    """`confirmed` by type, in the order of the types; `suggested` in the order in which they stand in the texts."""

    confirmed: list[tuple[FactType, list[Fact]]] = field(default_factory=list)
    suggested: list[Read] = field(default_factory=list)
    rejected: list[tuple[FactType, Fact]] = field(default_factory=list)
    offered: list[FactType] = field(default_factory=list)  # for what is added by hand
    marks: list[Mark] = field(default_factory=list)


def of_tip(session: Session, tip: Tip, texts: Mapping[int, str]) -> Facts:
    """Everything that is known of a tip's facts. `texts` are its messages by id, in their order. The caller has asked
    `access.tip`."""
    rows = session.scalars(select(Fact).where(col(Fact.tip_id) == tip.id).order_by(col(Fact.id))).all()
    offered = fact_types.of_callout(session, tip.callout_id)
    if not rows:
        return Facts(offered=offered)
    types = {kind.id: kind for kind in _types(session, {row.type_id for row in rows})}
    by_type: dict[int, list[Fact]] = {}
    for row in rows:
        if row.state is FactState.CONFIRMED:
            by_type.setdefault(row.type_id, []).append(row)
    order = {message_id: at for at, message_id in enumerate(texts)}
    suggested = [row for row in rows if row.state is FactState.SUGGESTED]
    suggested.sort(key=lambda row: (order.get(row.message_id or 0, len(order)), row.answer_id or 0, row.begin or 0))
    places = _places(session, suggested, texts)
    return Facts(
        confirmed=[(kind, by_type[type_id]) for type_id, kind in types.items() if type_id in by_type],
        suggested=[_read(row, types[row.type_id], places.get(row.id)) for row in suggested],
        rejected=[(types[row.type_id], row) for row in rows if row.state is FactState.REJECTED],
        offered=offered,
        marks=[mark for row in rows if (mark := _mark(row, types[row.type_id], texts))],
    )


def _types(session: Session, ids: set[int]) -> list[FactType]:
    return [kind for kind in fact_types.everything(session) if kind.id in ids]


def _places(session: Session, rows: list[Fact], texts: Mapping[int, str]) -> dict[int | None, str]:
    """The text in which each fact was read: a message's words or subject, or an answer."""
    answers = {row.answer_id for row in rows if row.answer_id}
    of_subject = [row for row in rows if row.message_id and row.begin is None]
    found: dict[int | None, str] = {row.id: texts.get(row.message_id or 0, "") for row in rows}
    if answers:
        said = dict(session.execute(select(col(Answer.id), col(Answer.value)).where(col(Answer.id).in_(answers))).all())
        found |= {row.id: said.get(row.answer_id, "") for row in rows if row.answer_id}
    if of_subject:
        ids = {row.message_id for row in of_subject}
        query = select(col(Message.id), col(Message.subject)).where(col(Message.id).in_(ids))
        said = dict(session.execute(query).all())
        found |= {row.id: said.get(row.message_id, "") for row in of_subject}
    return found


def _read(row: Fact, kind: FactType, words: str | None) -> Read:
    if row.begin is None or row.until is None:
        return Read(row, kind, passage=" ".join((words or "").split())[: 2 * AROUND])
    if not words or row.until > len(words):
        return Read(row, kind)
    before, behind = _before(words[: row.begin]), _behind(words[row.until : row.until + 2 * AROUND])
    return Read(row, kind, before, words[row.begin : row.until], behind, row.message_id)


def _before(words: str) -> str:
    """The end of the line that stands before a passage."""
    line = words[-2 * AROUND :].rpartition("\n")[2]
    kept = _fitting(line[::-1])[::-1]
    return f"…{kept.lstrip()}" if len(kept) < len(line) else kept


def _behind(words: str) -> str:
    """The beginning of the line that stands behind a passage."""
    line = words.partition("\n")[0]
    kept = _fitting(line)
    return f"{kept.rstrip()}…" if len(kept) < len(line) else kept


def _fitting(line: str) -> str:
    left = AROUND
    for at, letter in enumerate(line):
        left -= 2 if east_asian_width(letter) in "WF" else 1
        if left < 0:
            return line[:at]
    return line


def _mark(row: Fact, kind: FactType, texts: Mapping[int, str]) -> Mark | None:
    if row.state is FactState.REJECTED or row.message_id is None or row.begin is None or row.until is None:
        return None
    if not 0 <= row.begin < row.until <= len(texts.get(row.message_id, "")):
        return None
    return Mark(row.id or 0, row.message_id, row.begin, row.until, kind)
