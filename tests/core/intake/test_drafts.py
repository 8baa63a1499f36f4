"""Forms that wait for a correction: sealed, for a day, and gone without a trace."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from tests.fixtures_db import Cast
from tipline.core import vault
from tipline.core.arrival import Attachment
from tipline.core.intake import drafts
from tipline.db import Database, now
from tipline.errors import NotVisible
from tipline.models import DataKey, Draft, DraftFile

CANARY = "kept-canary-7341"
PHOTO = Attachment("../../etc/IMG_2041 我们.jpg", CANARY.encode() * 1000, "image/jpeg")


def stored(database: Database) -> list[Path]:
    return [path for path in database.files.root.rglob("*") if path.is_file()]


def test_what_was_typed_and_the_files_wait_under_the_id(database: Database, session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {"q1": [CANARY], "q2": ["0", "2"]})
    drafts.add_file(session, "one", 7, PHOTO)
    session.commit()
    with database.reading() as later:
        kept = drafts.take(later, "one")
        assert kept is not None
        assert kept.fields == {"q1": [CANARY], "q2": ["0", "2"]}
        assert [(f.question_id, f.name, f.size) for f in kept.files] == [(7, PHOTO.name, len(PHOTO.content))]
        waiting = drafts.attachment(later, "one", kept.files[0].id)
        assert (waiting.name, waiting.declared_type) == (PHOTO.name, PHOTO.declared_type)
        assert b"".join(waiting.data.pieces()) == PHOTO.content
        assert drafts.take(later, "two") is None


def test_nothing_of_it_lies_open_in_the_database_or_on_disk(database: Database, session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {"q1": [CANARY]})
    drafts.add_file(session, "one", 7, PHOTO)
    session.commit()
    for row in session.exec(select(Draft)):
        assert CANARY.encode() not in row.fields
    files = stored(database)
    assert len(files) == 1 and "IMG" not in files[0].name
    assert CANARY.encode() not in files[0].read_bytes()


def test_keeping_again_replaces_the_words_and_leaves_the_files(session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {"q1": ["first"]})
    drafts.add_file(session, "one", 7, PHOTO)
    drafts.keep(session, "one", cast.borders, {"q1": ["second"]})
    kept = drafts.take(session, "one")
    assert kept is not None and kept.fields == {"q1": ["second"]} and len(kept.files) == 1


def test_a_draft_of_another_callout_under_the_same_id_is_begun_anew(session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {"q1": ["first"]})
    drafts.add_file(session, "one", 7, PHOTO)
    drafts.keep(session, "one", cast.overtime, {"q9": ["second"]})
    kept = drafts.take(session, "one")
    assert kept is not None and kept.fields == {"q9": ["second"]} and kept.files == []


def test_a_file_is_taken_away_after_the_commit_only(database: Database, session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {})
    file = drafts.add_file(session, "one", 7, PHOTO)
    session.commit()
    drafts.drop_file(session, "one", file.id)
    session.rollback()
    assert len(stored(database)) == 1
    drafts.drop_file(session, "one", file.id)
    session.commit()
    assert stored(database) == []
    kept = drafts.take(session, "one")
    assert kept is not None and kept.files == []


def test_a_file_of_another_draft_is_neither_read_nor_taken_away(session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {})
    drafts.keep(session, "two", cast.borders, {})
    file = drafts.add_file(session, "one", 7, PHOTO)
    drafts.drop_file(session, "two", file.id)
    with pytest.raises(NotVisible):
        drafts.attachment(session, "two", file.id)
    kept = drafts.take(session, "one")
    assert kept is not None and len(kept.files) == 1


def test_forgetting_takes_the_key_along(database: Database, session: Session, cast: Cast) -> None:
    keys = len(session.exec(select(DataKey)).all())
    drafts.keep(session, "one", cast.borders, {"q1": [CANARY]})
    drafts.add_file(session, "one", 7, PHOTO)
    session.commit()
    drafts.forget(session, "one")
    drafts.forget(session, "one")
    session.commit()
    assert stored(database) == []
    assert session.exec(select(DraftFile)).all() == []
    assert len(session.exec(select(DataKey)).all()) == keys


def test_after_a_day_a_draft_is_gone(database: Database, session: Session, cast: Cast) -> None:
    drafts.keep(session, "old", cast.borders, {"q1": [CANARY]})
    drafts.add_file(session, "old", 7, PHOTO)
    drafts.keep(session, "new", cast.borders, {"q1": ["fresh"]})
    session.get_one(Draft, "old").expires_at = now() - timedelta(seconds=1)
    session.commit()
    assert drafts.take(session, "old") is None
    assert drafts.purge(session) == 1
    session.commit()
    assert stored(database) == []
    assert drafts.take(session, "new") is not None


def test_kept_while_the_clock_stood_years_ahead_it_still_goes_after_a_day(session: Session, cast: Cast) -> None:
    drafts.keep(session, "future", cast.borders, {"q1": [CANARY]})
    session.get_one(Draft, "future").expires_at = now() + timedelta(days=3651)
    session.commit()
    assert drafts.purge(session) == 0
    session.commit()
    assert session.get_one(Draft, "future", populate_existing=True).expires_at <= now() + drafts.DRAFT_TTL


def test_a_file_without_a_draft_is_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(NotVisible):
        drafts.add_file(session, "none", 7, PHOTO)


def test_both_databases_take_what_browsers_send(session: Session, cast: Cast) -> None:
    drafts.keep(session, "one", cast.borders, {"q1": ["NUL \0 and \ud800"], "\0": ["x"]})
    file = drafts.add_file(session, "one", 7, Attachment("a\0b" + "長" * 400 + ".jpg", b"", "image/jpeg\0"))
    session.flush()
    assert file.name.endswith("長.jpg") and len(file.name) == 255
    assert vault.files(session) is not None
