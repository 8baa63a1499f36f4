"""What a reader's code opens: their tip, or their form while it waits in the spool.

OperationalError where the database is out of reach and the spool holds nothing: then nobody can know.
"""

import time
from dataclasses import dataclass

from flask import Flask, current_app

from tipline.core import files
from tipline.core.arrival import Arrival
from tipline.core.readers import receipts
from tipline.db import OUT_OF_REACH
from tipline.models import Tip
from tipline.spool import Spool
from tipline.web.guards import read
from tipline.web.place import place

REMEMBERED = 600.0  # seconds after a deletion in which a second press, or the way back, is told that it is done


def init(app: Flask) -> None:
    app.extensions["tipline.deleted"] = {}


def deleted(token: str) -> None:
    """Everything under a secret link was deleted just now. Kept in this process's memory only, as a keyed hash."""
    remembered: dict[str, float] = current_app.extensions["tipline.deleted"]
    at = time.monotonic()
    for code_hash in [one for one, when in list(remembered.items()) if when < at - REMEMBERED]:
        remembered.pop(code_hash, None)
    remembered[receipts.token_hash(place().database.master, token)] = at


def was_deleted(token: str) -> bool:
    """Whether a secret link opened something a few minutes ago that is deleted by now."""
    code_hash = receipts.token_hash(place().database.master, token)
    at = current_app.extensions["tipline.deleted"].get(code_hash)
    return at is not None and at >= time.monotonic() - REMEMBERED


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """`story` has `received_at` and `contact` in either case; `files` came with it so far."""

    story: Tip | Arrival
    files: int

    @property
    def tip(self) -> Tip | None:
        """None while it waits."""
        return self.story if isinstance(self.story, Tip) else None


def by_code(typed: str) -> ReaderPage | None:
    """What a code opens as a person types it; None for nothing."""
    try:
        return _found(receipts.code_hash(place().database.master, typed))
    except ValueError:
        return None


def by_token(token: str) -> ReaderPage | None:
    """What a secret link's token opens; None for nothing."""
    code_hash = receipts.token_hash(place().database.master, token)
    return _found(code_hash) if code_hash else None


def added(token: str) -> list[Arrival]:
    """What a reader added on their page and waits in the spool; known without the database, too."""
    code_hash = receipts.token_hash(place().database.master, token)
    return Spool.of(place().database).added(code_hash) if code_hash else []


def added_files(token: str) -> int:
    """How many files wait in the spool with what a reader added."""
    code_hash = receipts.token_hash(place().database.master, token)
    return Spool.of(place().database).files(code_hash) if code_hash else 0


def filed(token: str) -> Tip | None:
    """The tip of a secret link; a form that waits becomes one for that. None for nothing, OperationalError where the
    database takes nothing in."""
    found = by_token(token)
    if found is None or found.tip is not None:
        return found.tip if found else None
    code_hash = receipts.token_hash(place().database.master, token)
    Spool.of(place().database).file_words(place().database, code_hash)
    read().rollback()  # else it sees what stood before
    return receipts.tip_by_hash(read(), code_hash)


def _found(code_hash: str) -> ReaderPage | None:
    spool = Spool.of(place().database)
    try:
        tip = receipts.tip_by_hash(read(), code_hash)
    except OUT_OF_REACH:
        if (waits := spool.find(code_hash)) is None:
            raise
        return ReaderPage(waits, spool.files(code_hash))
    if tip is None and (waits := spool.find(code_hash)) is not None:
        return ReaderPage(waits, spool.files(code_hash))
    if tip is None:  # once more: the worker may have filed it between the two looks
        read().rollback()  # else the second one sees what the first one saw
        tip = receipts.tip_by_hash(read(), code_hash)
    if tip is None or tip.id is None:
        return None
    return ReaderPage(tip, files.count_of_tip(read(), tip.id) + spool.files(code_hash))
