"""What reporters teach about spam: a tip that goes to spam, or is worked on, is a lesson; its words are counted.

Words are counted for each language apart, so that a language of which nobody judged anything yet is not judged by its
commonest words. Only keyed hashes of words are kept. Lessons are written right before the commit, when a change to
many tips holds all its locks: two people who teach at once then never wait for each other.
"""

import math
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy import event as on_session
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from tipline.core import row_batches, vault
from tipline.core.text.search_query import words
from tipline.db import TEACHING, is_sqlite, one_at_a_time
from tipline.models import Direction, Message, SpamLesson, SpamWord, Tip
from tipline.sealing import Master

READ = 20_000  # characters of a story that are read
MAX_WORDS = 250  # different ones of a story, the first
MIN_LESSONS = 3  # lessons of each kind, in a language, before they say anything
ENOUGH = 5  # from so many on they speak in full voice
TELLING = 25  # words of a story that are listened to, the most telling
MIN_TELLING_WORDS = 5  # telling words; fewer say nothing

Change = tuple[int, int]  # how many more spam lessons, and how many more others


def soon(session: Session, tip_id: int, *, spam: bool) -> None:
    """Say what a tip is. It is learnt when the transaction commits; whatever it taught before is taken back."""
    session.info.setdefault("lessons", {})[tip_id] = spam


def take_back(session: Session, tip_ids: Sequence[int]) -> None:
    """Forget what these tips taught, before they are erased, or their words go to another tip."""
    changes: dict[int, Change] = session.info.setdefault("taken back", {})
    for lesson in session.scalars(select(SpamLesson).where(col(SpamLesson.tip_id).in_(tip_ids))).all():
        _count(changes, _hashes_of_tip(session, lesson.tip_id), spam=lesson.spam, by=-1)
        session.delete(lesson)
    session.flush()


def chance(session: Session, language: str, story: str) -> float:
    """How likely a story is spam by what was taught, from -1 (surely not) to 1; 0 where nobody can say."""
    master, connection = vault.master(session), session.connection()  # which lets intake's rows wait on
    total = _hashed(master, language, "")
    counted = select(col(SpamWord.spam), col(SpamWord.ham))
    totals: dict[int, Change] = row_batches.remembered(session, "spam lessons")
    if total not in totals:
        found = connection.execute(counted.where(col(SpamWord.word) == total)).one_or_none()
        totals[total] = (found[0], found[1]) if found else (0, 0)
    spam, ham = totals[total]
    if min(spam, ham) < MIN_LESSONS:
        return 0.0
    wanted = _hashes(master, language, story) - {total}
    counts = connection.execute(counted.where(col(SpamWord.word).in_(sorted(wanted))))
    leaning = [_leaning(s / spam, h / ham, s + h) for s, h in counts]
    telling = sorted((x for x in leaning if abs(x) > 0.4), key=abs, reverse=True)[:TELLING]
    if len(telling) < MIN_TELLING_WORDS:
        return 0.0
    return math.tanh(sum(telling) / 2) * min(1.0, min(spam, ham) / ENOUGH)


def _leaning(in_spam: float, in_ham: float, seen: int) -> float:
    """The log-odds of one word, drawn toward none where it was seen seldom (Robinson's correction of naive Bayes)."""
    alone = in_spam / (in_spam + in_ham) if in_spam + in_ham else 0.5
    likely = (0.5 + seen * alone) / (1 + seen)
    return math.log(likely / (1 - likely))


def _hashes(master: Master, language: str, story: str) -> set[int]:
    """The numbers of a story's words, and of the lesson itself."""
    different = list(dict.fromkeys(words(story[:READ])))[:MAX_WORDS]
    return {_hashed(master, language, word) for word in ("", *different)}


def _hashed(master: Master, language: str, word: str) -> int:
    spoken = language.partition("-")[0].lower()
    return int.from_bytes(master.mac("spam-word", f"{spoken}:{word}", size=8), "big") >> 1


def _hashes_of_tip(session: Session, tip_id: int) -> set[int]:
    """As `_hashes`, of the story that a tip began with."""
    query = (
        select(col(Message.subject), col(Message.text), col(Message.language))
        .where(col(Message.tip_id) == tip_id, col(Message.direction) == Direction.IN)
        .order_by(col(Message.id))
        .limit(1)
    )
    first = session.execute(query).one_or_none()
    return _hashes(vault.master(session), first[2], f"{first[0]}\n{first[1]}") if first else set()


def _count(changes: dict[int, Change], hashes: Iterable[int], *, spam: bool, by: int) -> None:
    for number in hashes:
        was = changes.get(number, (0, 0))
        changes[number] = (was[0] + by, was[1]) if spam else (was[0], was[1] + by)


def _learn(session: Session) -> None:
    said: dict[int, bool] = session.info.pop("lessons", {})
    changes: dict[int, Change] = session.info.pop("taken back", {})
    if not said and not changes:
        return
    session.flush()
    one_at_a_time(session, TEACHING)
    restricted = set(session.scalars(select(col(Tip.id)).where(col(Tip.id).in_(said), col(Tip.restricted))))
    before = {row.tip_id: row for row in session.scalars(select(SpamLesson).where(col(SpamLesson.tip_id).in_(said)))}
    for tip_id, spam in said.items():
        lesson = before.get(tip_id)
        if tip_id in restricted or (lesson is not None and lesson.spam == spam):
            continue
        hashes = _hashes_of_tip(session, tip_id)
        if lesson is not None:
            _count(changes, hashes, spam=lesson.spam, by=-1)
            lesson.spam = spam
        else:
            session.add(SpamLesson(tip_id=tip_id, spam=spam))
        _count(changes, hashes, spam=spam, by=1)
    session.flush()
    _write(session, changes)


def _write(session: Session, changes: dict[int, Change]) -> None:
    """Change the counts, never below nothing: a text that was read again has other words than it taught."""
    if not changes:
        return
    connection, table = session.connection(), SpamWord.__table__  # type: ignore[attr-defined]
    made = (sqlite if is_sqlite(session) else postgresql).insert(table).on_conflict_do_nothing()
    connection.execute(made, [{"word": word, "spam": 0, "ham": 0} for word in sorted(changes)])
    grown = {
        name: case((table.c[name] + bindparam(f"more_{name}") < 0, 0), else_=table.c[name] + bindparam(f"more_{name}"))
        for name in ("spam", "ham")
    }
    changed = [{"which": word, "more_spam": s, "more_ham": h} for word, (s, h) in sorted(changes.items())]
    connection.execute(update(table).where(table.c.word == bindparam("which")).values(grown), changed)
    if any(min(change) < 0 for change in changes.values()):
        connection.execute(delete(table).where(table.c.spam == 0, table.c.ham == 0, table.c.word.in_(list(changes))))


def _forget(session: Session, *_: object) -> None:
    session.info.pop("lessons", None)
    session.info.pop("taken back", None)


on_session.listen(Session, "before_commit", _learn)
on_session.listen(Session, "after_soft_rollback", _forget)
