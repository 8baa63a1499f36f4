"""Passages that reporters mark in a message: found again by their words, whenever the message was read anew."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.core.tips import stories
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Answer, Event, Highlight, Message, Tip, Verb
from tipline.vocabularies import N_

MOST, MAX_PASSAGE = 200, 2000
REMOVED = "removed"
EMPTY = N_("Select the words to highlight first.")
LONG = N_("A highlight has at most 2,000 characters. Highlight it in pieces.")
MANY = N_("This tip has 200 highlights already. Remove one first.")
NOT_THERE = N_("These words are no longer in the message. Highlight them again.")
NOT_YOURS = N_("Only the person who made a highlight, or an editor, can remove it.")
Span = tuple[int, int, int]
SENTENCE = re.compile(r"[^.!?。！？…\n]*(?:[.!?。！？…]+[”’\"'」』)）]*|\n|$)")


@dataclass(frozen=True, slots=True)
class Passage:
    """A marked passage. `begin` is where it stands now, None where its words are no longer there."""

    row: Highlight
    begin: int | None
    end: int
    author: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message; `marks` are the passages that begin in it or go through it, `others` likewise."""

    text: str
    marks: tuple[int, ...] = ()
    others: tuple[int, ...] = ()


def mark(session: Session, message_id: int, begin: int, passage: str, by: Actor) -> Highlight:
    """Mark words of a message, at or near `begin` (in characters). Marked twice, they are one passage. NotVisible,
    NotAllowed; Refused where the words are not there."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotVisible("message")
    tip = access.tip_to_work(session, message.tip_id, by)
    wanted = storable(passage).strip()
    if not wanted:
        raise Refused(EMPTY)
    if len(wanted) > MAX_PASSAGE:
        raise Refused(LONG)
    place = locate(message.text, begin, wanted)
    if place is None:
        raise Refused(NOT_THERE)
    stands = message.text[place[0] : place[1]]
    there = session.scalars(select(Highlight).where(col(Highlight.tip_id) == tip.id)).all()
    for row in there:
        if (row.message_id, row.begin, row.passage) == (message_id, place[0], stands):
            return row
    if len(there) >= MOST:
        raise Refused(MANY)
    row = Highlight(
        tip_id=tip.id or 0, message_id=message_id, begin=place[0], passage=stands, author_id=by.account_id,
        created_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    events.record(session, Verb.HIGHLIGHTED, by=by, tip_id=tip.id, object_id=message_id)
    return row


def remove(session: Session, tip_id: int, highlight_id: int, by: Actor) -> Event | None:
    """Mark a passage no longer; None where it is gone already. NotVisible; NotAllowed for whoever is neither its author
    nor an editor."""
    tip = access.tip_to_work(session, tip_id, by)
    if session.get(Highlight, highlight_id) is None:
        return None
    row = _of_tip(session, tip_id, highlight_id)
    if row.author_id != by.account_id and not by.edits_callouts:
        raise NotAllowed(NOT_YOURS)
    session.delete(row)
    session.flush()
    return events.record(session, Verb.HIGHLIGHTED, by=by, tip_id=tip.id, object_id=row.message_id, after=REMOVED)


def of_tip(session: Session, tip_id: int, texts: dict[int, str], names: dict[int | None, str]) -> list[Passage]:
    """A tip's passages in the order of its messages (`texts` by id). The caller has asked `access.tip`."""
    rows = session.scalars(select(Highlight).where(col(Highlight.tip_id) == tip_id).order_by(col(Highlight.id))).all()
    order = {message_id: at for at, message_id in enumerate(texts)}
    found = []
    for row in rows:
        place = locate(texts.get(row.message_id, ""), row.begin, row.passage)
        begin, end = place or (None, 0)
        found.append(Passage(row, begin, end, names.get(row.author_id, "")))
    return sorted(found, key=lambda one: (order.get(one.row.message_id, len(order)), one.begin or 0, one.row.id or 0))


def pieces(text: str, passages: Sequence[Passage], others: Sequence[Span] = ()) -> list[Piece]:
    """A message cut where passages, and other spans (begin, end, id) of it, begin and end."""
    spans = [(one.begin, one.end, one.row.id or 0) for one in passages if one.begin is not None]
    cuts = sorted({0, len(text), *(place for begin, end, _ in (*spans, *others) for place in (begin, end))})
    return [
        Piece(text[begin:end], _through(spans, begin, end), _through(others, begin, end))
        for begin, end in pairwise(cuts)
    ]  # fmt: skip


def _through(spans: Sequence[Span], begin: int, end: int) -> tuple[int, ...]:
    return tuple(id_ for from_, to, id_ in spans if from_ <= begin and end <= to)


def locate(text: str, begin: int, passage: str) -> tuple[int, int] | None:
    """Where a passage stands: at its place, else nearest to it, whichever way its lines are broken by now."""
    if passage and text.startswith(passage, max(begin, 0)):
        return max(begin, 0), max(begin, 0) + len(passage)
    hits = _hits(text, passage)
    return min(hits, key=lambda span: abs(span[0] - begin)) if hits else None


def moved(before: str, after: str, begin: int, passage: str) -> tuple[int, int] | None:
    """Where a passage of a text stands after the text was read anew. None where that is not beyond doubt: its words are
    no longer there, or more or fewer times than before."""
    here = locate(before, begin, passage)
    hits, others = _hits(before, passage), _hits(after, passage)
    return others[hits.index(here)] if here in hits and len(hits) == len(others) else None


def _hits(text: str, passage: str) -> list[tuple[int, int]]:
    """All places of a passage, whichever way its lines are broken."""
    parts = [re.escape(part) for part in passage.split()]
    return [hit.span() for hit in re.finditer(r"\s+".join(parts), text)] if parts else []


def sentences(text: str) -> list[tuple[int, str]]:
    """The sentences of a text with their places, for those who choose without a pointer."""
    found = []
    for hit in SENTENCE.finditer(text):
        said = hit[0].strip()
        if said:
            found.append((hit.start() + hit[0].index(said), said[:MAX_PASSAGE]))
    return found


def to_quote(session: Session, tip: Tip, highlight_id: int) -> Highlight:
    """A passage of what the reader wrote. NotVisible where it is none of this tip's reader's."""
    row = _of_tip(session, tip.id or 0, highlight_id)
    message = session.get_one(Message, row.message_id)
    if message.direction != "in":
        raise NotVisible("highlight")
    return row


def kept_out(session: Session, tip: Tip, passage: str) -> bool:
    """Whether a passage is, holds, or is part of an answer that the reader keeps out of print."""
    values = session.scalars(select(col(Answer.value)).where(col(Answer.tip_id) == tip.id, col(Answer.withheld)))
    words = _plain(passage)
    held = [_plain(value) for value in values]
    if any(value and (value in words or words in value) for value in held):
        return True
    return bool(held) and words in _plain(stories.story(session, tip.id or 0)) and stories.withheld(session, tip)


def unasked(session: Session, tip: Tip, row: Highlight) -> bool:
    """Whether a passage is, holds, or is part of an answer whose question is not marked as one that may be published.

    Where its words are no longer in the message, nobody knows what they stood in: they count as a message of their own.
    """
    text = session.get_one(Message, row.message_id).text
    place = locate(text, row.begin, row.passage)
    if place is None:
        words = _plain(row.passage)
        values = session.scalars(select(col(Answer.value)).where(col(Answer.tip_id) == tip.id))
        return any(words in _plain(value) for value in values) or bool(stories.unasked(session, tip, row.passage))
    return any(begin < place[1] and place[0] < end for begin, end in stories.unasked(session, tip, text))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _of_tip(session: Session, tip_id: int, highlight_id: int) -> Highlight:
    row = session.get(Highlight, highlight_id)
    if row is None or row.tip_id != tip_id:
        raise NotVisible("highlight")
    return row


def chosen(text: str, begins: Collection[int]) -> list[tuple[int, str]]:
    """The sentences that begin at these places; those that follow each other as one passage."""
    found: list[tuple[int, str]] = []
    after = False
    for begin, said in sentences(text):
        if begin in begins:
            joint = text[found[-1][0] : begin + len(said)] if after else ""
            if joint and len(joint) <= MAX_PASSAGE:
                found[-1] = (found[-1][0], joint)
            else:
                found.append((begin, said))
        after = begin in begins
    return found
