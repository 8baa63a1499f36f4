"""After an erasure: what databases keep of rows that are gone, what waits in the spool, and the list that a restored
backup is held against.

SQLite overwrites deleted rows, but its log holds them until it is truncated, and its search index until its parts are
merged. PostgreSQL lets go of them by VACUUM. None of it may fail an erasure that is committed: the worker does again
what could not be done at once.
"""

import errno
import logging
import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tipline import db
from tipline.core import search
from tipline.core.retention import erasure, expiry
from tipline.core.retention.erasure import Erased, ErasedRecord
from tipline.db import Database
from tipline.errors import NotVisible, SealBroken
from tipline.models import ActorKind
from tipline.resources import ERASED_LIST
from tipline.spool import Spool

log = logging.getLogger("tipline.forgetting")

CLEANING_WAIT_SECONDS = 2.0  # seconds that whoever erased something waits for the cleaning
PIECE = 10.0  # seconds of it in one turn of the worker
AT_A_TIME = 20  # tips erased in one turn


def list_of(database: Database) -> Path:
    """The list of erased tips: beside the database, so that it outlives a restore. It names nobody."""
    return database.files.root.parent / ERASED_LIST


def finish(database: Database, erased: Erased) -> None:
    """What follows an erasure, right after its commit, which nothing here may fail: first the list, which a restored
    backup needs. What it lacks then, the worker adds."""
    try:
        _add(list_of(database), erased.gone)
    except OSError as error:
        log.error("the list of erased tips: %s", type(error).__name__)
    _tidy(database, erased)


def _tidy(database: Database, erased: Erased) -> None:
    spool = Spool.of(database)
    for code in erased.codes:
        try:
            spool.forget(code)
        except OSError as error:
            log.error("spool, what was erased: %s", type(error).__name__)
    clean(database, CLEANING_WAIT_SECONDS, at_once=True)


def clean(database: Database, seconds: float, *, at_once: bool = False) -> bool:
    """Let the database let go of what was deleted; False where it needs more time, or somebody is reading.

    `at_once`: somebody waits for it. PostgreSQL's part may take long, and is left to the worker then.
    """
    ends_at = time.monotonic() + seconds
    try:
        done = False
        while not done and time.monotonic() < ends_at:
            with database.writing(patience=1.0) as session:
                done = search.forget(session)
                session.commit()
        return (not at_once or db.is_sqlite(database.engine)) and db.let_go(database.engine) and done
    except SQLAlchemyError as error:
        log.info("cleaning after an erasure: %s", type(error).__name__)
        return False


def keep_no_longer(database: Database) -> bool:
    """Erase what its callout has kept long enough; whether there may be more."""
    with database.reading() as session:
        found = expiry.due(session, AT_A_TIME)
    gone = 0
    for tip_id in found:
        try:
            with database.writing() as session:
                erased = erasure.erase(session, tip_id, ActorKind.SYSTEM)
                session.commit()
        except (erasure.OnHold, NotVisible):  # somebody was faster: held, or erased
            continue
        except (SealBroken, IntegrityError) as error:  # this one alone: the others have their turn
            log.error("tip %d, kept long enough: %s", tip_id, type(error).__name__)
            continue
        finish(database, erased)
        gone += 1
    return len(found) == AT_A_TIME and gone > 0  # else the same would be tried again without end


def again(database: Database) -> int:
    """Erase again what a restored backup brought back; how many tips."""
    lines = read(list_of(database))
    with database.reading() as session:
        back = [line.tip_id for line in lines if erasure.came_back(session, line.tip_id, line.mark)]
    count = sum(_erase_again(database, tip_id, back) for tip_id in back)
    with database.writing() as session:
        for line in lines:
            erasure.remember(session, [line.tip_id], line.at)
        session.commit()
    return count


def _erase_again(database: Database, tip_id: int, back: Collection[int]) -> bool:
    """The list is newer than a hold that came back: nothing under hold is ever erased, so it was lifted before."""
    with database.writing() as session:
        try:
            erased = erasure.erase(session, tip_id, ActorKind.SYSTEM, once_more=back)
        except NotVisible:  # gone with another of them
            return False
        except erasure.OnHold:
            log.error("tip %d was erased, and is back, joined with one under legal hold: part the two", tip_id)
            return False
        session.commit()
    _tidy(database, erased)
    return True


def bring_up_to_date(database: Database) -> None:
    """Add to the list what it lacks: it could not be written at that moment, or whoever erased was killed before."""
    with database.reading() as session:
        gone = erasure.all_gone(session)
    path = list_of(database)
    listed = {(line.tip_id, line.mark) for line in read(path)}
    if lacking := [one for one in gone if (one.tip_id, one.mark) not in listed]:
        _add(path, lacking)


def read(path: Path) -> list[ErasedRecord]:
    """The lines of the list, [] where there is none. What is no line of ours is left out."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[0].isdecimal():
            found.append(ErasedRecord(int(parts[0]), datetime.fromisoformat(parts[1]), parts[2]))
    return found


def _add(path: Path, lines: Sequence[ErasedRecord]) -> None:
    """Add lines durably: written whole to its end, and fsynced before the page says that all is gone.

    The empty line keeps them apart from half a line that a full disk left.
    """
    text = "\n" + "".join(
        f"{line.tip_id} {line.at.astimezone(UTC).isoformat(timespec='seconds')} {line.mark}\n" for line in lines
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # appended, and never written anew: two who erase at once must not lose each other's lines
    for place, flags, words in (
        (path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, text),
        (path.parent, os.O_RDONLY | os.O_DIRECTORY, ""),
    ):
        fd = os.open(place, flags, 0o600)
        try:
            if words and os.write(fd, words.encode()) < len(words):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(fd)
        finally:
            os.close(fd)


@dataclass
class Cleaning:
    """The worker's part: once at its start, and after each erasure until all are listed and nothing is left to let
    go."""

    database: Database
    listed: int = field(default=0)  # how many had been erased when the list was brought up to date
    cleaned: int = field(default=0)  # and when all was done

    def run(self) -> bool:
        with self.database.reading() as session:
            count = erasure.count(session)
        if count != self.cleaned and clean(self.database, PIECE):
            self.cleaned = count
        if count != self.listed:
            bring_up_to_date(self.database)  # last, since a full disk must not keep the words
            self.listed = count
        return False
