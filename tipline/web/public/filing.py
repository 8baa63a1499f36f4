"""Words of a reader that are made safe, and their files after them: in the database, and in the spool where it takes
nothing in now. For a callout's form (submit.py) and for what is added on a reader's page (additions.py)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlmodel import Session

from tipline.core.arrival import Arrival, Attached
from tipline.core.intake import Filed, submissions
from tipline.db import OUT_OF_REACH
from tipline.errors import Refused, SealBroken
from tipline.spool import Spool
from tipline.web.guards import write
from tipline.web.place import place


class NoRoom(Exception):
    """Neither database nor spool can take anything now. What was typed is in the post and goes back to its reader."""


@dataclass(frozen=True, slots=True)
class SafeWords:
    """`key` names the words (`intake.submission_key`), `filed` says where they are; None where they, or what followed
    them, went to the spool. `code_hash` is what they wait under there, where that is not made of the key."""

    key: str
    filed: Filed | None = None
    code_hash: str = ""

    def attach(self, attached: Attached) -> tuple["SafeWords", bool]:
        """A file to its words: where the next one goes, and whether this one is safe. What goes wrong here costs the
        file alone."""
        words = self
        try:
            if words.filed is not None:
                try:
                    with write() as session:
                        submissions.attach(session, words.filed, attached)
                        session.commit()
                    return words, True
                except OUT_OF_REACH:
                    if not words.key:
                        return words, False
                    words = replace(words, filed=None)  # the files behind this one follow without a wait
            _spool().put_file(words.key, attached, words.code_hash)
        except (Refused, SealBroken, OSError):
            return words, False
        return words, True


def file_words(arrival: Arrival, file: Callable[[Session, Arrival], Filed], code_hash: str = "") -> SafeWords:
    """Make words safe in the database, else in the spool. Refused or OSError where neither takes them."""
    try:
        with write() as session:
            filed = file(session, arrival)
            session.commit()
    except OUT_OF_REACH:
        if not arrival.submission_id:  # nothing would tell them from the same sent again
            raise
        return spool_words(arrival, code_hash)
    return SafeWords(filed.submission_key, filed, code_hash)


def spool_words(arrival: Arrival, code_hash: str = "") -> SafeWords:
    """Let words wait in the spool. Refused or OSError where the disk does not take them."""
    return SafeWords(_spool().put_words(arrival, code_hash), None, code_hash)


def _spool() -> Spool:
    return Spool.of(place().database)
