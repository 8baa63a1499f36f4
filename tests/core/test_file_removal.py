"""Files leave the store with the transaction that forgets them: not before, and not without it."""

from pathlib import Path

from sqlmodel import Session

from tipline.core import file_removal
from tipline.db import Database


def stored(database: Database) -> int:
    return len([path for path in Path(database.files.root).rglob("*") if path.is_file()])


def test_a_savepoint_is_no_commit(database: Database, session: Session) -> None:
    file_removal.after_commit(session, [database.files.put(b"before")])
    with session.begin_nested():
        file_removal.after_commit(session, [database.files.put(b"within")])
        with session.begin_nested():
            file_removal.after_commit(session, [database.files.put(b"deep within")])
    assert stored(database) == 3
    session.commit()
    assert stored(database) == 0


def test_what_a_rollback_brings_back_stays(database: Database, session: Session) -> None:
    file_removal.after_commit(session, [database.files.put(b"all")])
    with session.begin_nested():
        pass
    session.rollback()
    session.commit()
    assert stored(database) == 1


def test_back_at_a_savepoint_only_what_was_forgotten_within_stays(database: Database, session: Session) -> None:
    file_removal.after_commit(session, [database.files.put(b"before")])
    savepoint = session.begin_nested()
    with session.begin_nested():
        file_removal.after_commit(session, [database.files.put(b"deep within")])
    savepoint.rollback()
    session.commit()
    assert stored(database) == 1
