"""Where in a tip the words of a search were found: a piece of the text around them, and which kind of text it is.

For the rows of one page by a fixed number of queries. What it reads the list shows already to the same person, but for
replies, which may name the reader, and the words inside files: those are shown to people who may open both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlmodel import Session, col

from tipline.core.access import Actor
from tipline.core.files import file_texts
from tipline.core.text.search_query import Matches, Segment, excerpt, met
from tipline.models import Answer, ContactEntry, Direction, Message, Note, StoredFile, Tip

MAX_CHARACTERS = 20_000  # characters of one text that are looked into
MAX_FILE_CHARACTERS = 60_000  # of a tip's files
MAX_PAGE_CHARACTERS = 600_000  # so that fifty giants do not hold up a page
LENGTH = 160


class Where(StrEnum):
    STORY = "story"
    ANSWER = "answer"
    NOTE = "note"
    CONTACT = "contact"
    FILE = "file"  # its name
    INSIDE = "inside"  # a file
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of one text, its words marked. `label` is the wording of the answer, or the file's name."""

    where: Where
    label: str
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class _Text:
    tip_id: int
    where: Where
    label: str
    text: str


def of(session: Session, tips: Sequence[Tip], terms: Sequence[str], by: Actor) -> dict[int, Snippet]:
    """The snippet of each tip in which more is found than its title shows already; by its id."""
    wanted = frozenset(terms)
    titles = {tip.id: met(tip.title, wanted).terms for tip in tips if tip.id is not None} if wanted else {}
    shown = {tip_id: 0 for tip_id, here in titles.items() if here != wanted}
    best: dict[int, Snippet] = {}
    budget = MAX_PAGE_CHARACTERS
    for read in (_plain, _replies, _inside) if by.opens_files else (_plain, _replies):
        open_ids = [tip_id for tip_id, count in shown.items() if count < len(wanted)]
        for one in read(session, open_ids) if open_ids else ():
            hit = met(one.text, wanted) if budget > 0 else Matches()
            budget -= len(one.text)
            if len(hit.terms) > shown[one.tip_id] and not hit.terms <= titles[one.tip_id]:
                shown[one.tip_id] = len(hit.terms)
                best[one.tip_id] = Snippet(one.where, one.label, excerpt(one.text, terms, LENGTH, hit.first))
    return best


def _plain(session: Session, tip_ids: list[int]) -> Iterator[_Text]:
    """All texts but those that are sealed: stories first, since most is found there."""
    for where, statement in _statements(tip_ids):
        for tip_id, label, text in session.execute(statement):
            yield _Text(tip_id, where, label, text)


def _statements(tip_ids: list[int]) -> Iterator[tuple[Where, Select[*tuple[int, str, str]]]]:
    message, answer, note, file = col(Message.tip_id), col(Answer.tip_id), col(Note.tip_id), col(StoredFile.tip_id)
    contact = col(ContactEntry.tip_id)
    nothing: ColumnElement[str] = literal_column("''")
    yield (
        Where.STORY,
        select(message, nothing, col(Message.subject) + "\n" + func.substr(col(Message.text), 1, MAX_CHARACTERS))
        .where(message.in_(tip_ids), col(Message.direction) == Direction.IN)
        .order_by(col(Message.id)),
    )
    yield (
        Where.ANSWER,
        select(answer, col(Answer.wording), col(Answer.value))
        .where(answer.in_(tip_ids))
        .order_by(col(Answer.position)),
    )
    yield Where.NOTE, select(note, nothing, col(Note.text)).where(note.in_(tip_ids)).order_by(col(Note.id))
    yield (
        Where.CONTACT,
        select(contact, nothing, col(ContactEntry.outcome) + "\n" + col(ContactEntry.text))
        .where(contact.in_(tip_ids))
        .order_by(col(ContactEntry.id)),
    )
    named = select(file, nothing, col(StoredFile.name)).where(file.in_(tip_ids))
    yield Where.FILE, named.order_by(col(StoredFile.id))


def _inside(session: Session, tip_ids: list[int]) -> Iterator[_Text]:
    names = {file_id: name for file_id, name in session.execute(_names(tip_ids))}  # noqa: C416
    for tip_id, file_id, text in file_texts.of_tips(session, tip_ids, MAX_FILE_CHARACTERS):
        yield _Text(tip_id, Where.INSIDE, names.get(file_id, ""), text)


def _replies(session: Session, tip_ids: list[int]) -> Iterator[_Text]:
    ours = (
        col(Message.tip_id).in_(tip_ids),
        col(Message.direction) == Direction.OUT,
        col(Message.author_id).is_not(None),
    )
    query = (
        select(col(Message.tip_id), func.substr(col(Message.text), 1, MAX_CHARACTERS))
        .where(*ours)
        .order_by(col(Message.id))
    )
    for tip_id, text in session.execute(query):
        yield _Text(tip_id, Where.REPLY, "", text)


def _names(tip_ids: list[int]) -> Select[*tuple[int, str]]:
    return select(col(StoredFile.id), col(StoredFile.name)).where(col(StoredFile.tip_id).in_(tip_ids))
