"""Calling a colleague in a note: @ and their name. Who is called follows the tip; who can't see it can't be called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, following
from tipline.errors import Refused
from tipline.models import Account, Mention, Note, Tip
from tipline.vocabularies import N_

AT = "@＠"  # the second is what Chinese keyboards type
CANT_SEE = N_("%(name)s can't see this tip. Add them to the callout's team first, or leave the @ out.")


@dataclass(frozen=True, slots=True)
class Call:
    """A place in a text, from its @ on, and whose name stands there."""

    begin: int
    end: int
    account_ids: tuple[int, ...]


def calls(text: str, people: Mapping[int, str]) -> Iterator[Call]:
    """Where people are called: by their whole name, or by its first word where it is one person's alone."""
    named: dict[str, tuple[int, ...]] = {}
    first: dict[str, list[int]] = {}
    for account_id, name in people.items():
        named[name.casefold()] = (*named.get(name.casefold(), ()), account_id)
        first.setdefault(name.split()[0].casefold() if name.split() else "", []).append(account_id)
    for word, ids in first.items():
        if word and len(ids) == 1:
            named.setdefault(word, (ids[0],))
    longest = sorted(named, key=len, reverse=True)
    end = 0
    for begin, char in enumerate(text):
        if char not in AT or begin < end or (begin and _goes_on(text[begin - 1])):
            continue
        for name in longest:
            end_of = begin + 1 + len(name)
            if text[begin + 1 : end_of].casefold() == name and not _runs_on(name, text[end_of : end_of + 1]):
                end = end_of
                yield Call(begin, end, named[name])
                break


def _goes_on(char: str) -> bool:
    """Whether the @ behind this character is part of a word, as in an address. Han is written without spaces."""
    return char.isascii() and (char.isalnum() or char in "._-+")


def _runs_on(name: str, following_char: str) -> bool:
    return name[-1].isascii() and following_char.isalnum() and following_char.isascii()


def record(session: Session, tip: Tip, note: Note) -> None:
    """Keep who is called in a new note, and have them follow its tip. Refused where somebody can't be called to it."""
    if not any(char in note.text for char in AT):
        return
    assert tip.id is not None and note.id is not None
    on_it = _names(session, access.works_on(tip))
    found = list(calls(note.text, on_it))
    _refuse_others(session, note.text, found)
    for account_id in dict.fromkeys(i for call in found for i in call.account_ids):
        if account_id != note.author_id:
            session.add(Mention(account_id=account_id, note_id=note.id, tip_id=tip.id))
            following.begin(session, tip.id, account_id)
    session.flush()
    following.tell(session, tip.id, note.author_id)


def _refuse_others(session: Session, text: str, found: list[Call]) -> None:
    everybody = _names(session, col(Account.active))
    places = {call.begin: call for call in found}
    for call in calls(text, everybody):
        known = places.get(call.begin)
        if known is None or known.end < call.end:
            raise Refused(CANT_SEE, everybody[call.account_ids[0]])


def _names(session: Session, condition: object) -> dict[int, str]:
    rows = session.execute(select(col(Account.id), col(Account.name)).where(condition))  # type: ignore[arg-type]
    return {row[0]: row[1] for row in rows}


def of_tip(session: Session, tip_id: int) -> dict[int, dict[int, str]]:
    """Who is called in which of a tip's notes. The caller got the tip from `access.tip`."""
    rows = session.execute(
        select(col(Mention.note_id), col(Account.id), col(Account.name))
        .join(Account, col(Account.id) == col(Mention.account_id))
        .where(col(Mention.tip_id) == tip_id)
    )
    called: dict[int, dict[int, str]] = {}
    for note_id, account_id, name in rows:
        called.setdefault(note_id, {})[account_id] = name
    return called
