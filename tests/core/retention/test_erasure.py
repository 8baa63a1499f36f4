"""Erasing: what a reader planted is found nowhere after it, and what others own stays."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as on_engine
from sqlalchemy import inspect, select, text
from sqlmodel import Session, SQLModel, col

from tests.arrivals import form, mail
from tests.filing import file_all
from tests.fixtures_db import Cast
from tipline.core import bulk, facts, intake, merge, outbox, replies, triage
from tipline.core.arrival import Attachment, ConsentChoice, GivenAnswer
from tipline.core.bulk.steps import BulkStep
from tipline.core.counts import counters
from tipline.core.facts import fact_types
from tipline.core.outgoing_mail import Sender, threads
from tipline.core.replies import reply_files
from tipline.core.retention import erasure
from tipline.core.search import text_extraction
from tipline.core.tips import reply_drafts
from tipline.core.triage import contacts, tasks
from tipline.core.triage.contacts import Contact
from tipline.core.triage.tasks import NewTask
from tipline.db import Database, connect, is_sqlite, now
from tipline.errors import NotAllowed, NotVisible
from tipline.jobs import after_erasure
from tipline.models import (
    ActorKind,
    BulkChange,
    ContactWay,
    DataKey,
    DraftKind,
    ErasedTip,
    Event,
    Extraction,
    Message,
    Outgoing,
    Question,
    QuestionKind,
    Reader,
    ReaderContact,
    StoredFile,
    Tag,
    Tip,
    Verb,
)
from tipline.spool import Spool

CANARY = "zvxquorble"
PHOTO = b"\xff\xd8\xff" + CANARY.encode() * 20_000  # too large for a row
OURS = Sender("The Meridian", "borders@meridian.example", plus=True)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    """A story by form with all that there can be of one."""
    question = Question(callout_id=cast.borders, position=0, kind=QuestionKind.LONG)
    secret = Question(callout_id=cast.borders, position=1, kind=QuestionKind.SHORT, identity=True)
    session.add_all((question, secret))
    session.flush()
    arrival = form(
        f"I wait at {CANARY}story.",
        callout_id=cast.borders,
        reader_name=f"{CANARY}name Chen",
        reader_email=f"{CANARY}@mail.example",
        contact_note=f"{CANARY}note",
        consent=ConsentChoice.ASK,
        consent_wording="May we?",
        asked=(question.id or 0, secret.id or 0),
        answers=(
            GivenAnswer(question.id or 0, "What?", f"{CANARY}answer", options=(1,), withheld=True),
            GivenAnswer(secret.id or 0, "Passport", f"{CANARY}passport", identity=True),
        ),
        attachments=(Attachment(f"{CANARY}.jpg", PHOTO), Attachment(f"{CANARY}.txt", CANARY.encode())),
    )
    tip_id = intake.receive(session, arrival).tip_id
    triage.note(session, tip_id, f"{CANARY}colleague", cast.bob)
    triage.tag(session, tip_id, [f"{CANARY}tag", "visa"], cast.bob)
    work_on(session, tip_id, cast)
    session.commit()
    return tip_id


def work_on(session: Session, tip_id: int, cast: Cast) -> None:
    """What reporters leave on a tip while they work."""
    bob, room = cast.bob, reply_files.AttachmentLimit(10_000_000)
    replies.queue(session, tip_id, f"{CANARY}reply", bob, OURS)
    reply_drafts.put(session, tip_id, DraftKind.REPLY, f"{CANARY}begun", bob)
    for content in (CANARY.encode(), PHOTO):
        reply_files.add(session, tip_id, Attachment(f"{CANARY}.pdf", content), bob, room)
    tasks.add(session, tip_id, NewTask(f"Call {CANARY}task"), bob)
    contacts.add(session, tip_id, Contact(ContactWay.CALL, now(), f"{CANARY}outcome", f"{CANARY}said"), bob)
    place = next(one for one in fact_types.of_callout(session, cast.borders) if one.key == "place")
    facts.add(session, tip_id, place.id or 0, f"{CANARY}fact", bob)
    bulk.at_once(session, [tip_id], [BulkStep("tag", f"Visa, {CANARY}TAG, {CANARY}other")], bob, now().date())
    for file_id in session.scalars(select(col(StoredFile.id)).where(col(StoredFile.tip_id) == tip_id)):
        text_extraction.record(session, file_id, Extraction.DONE, f"{CANARY}inside")


def erase(database: Database, tip_id: int) -> None:
    with database.writing() as session:
        erased = erasure.erase(session, tip_id, ActorKind.READER)
        session.commit()
    after_erasure.finish(database, erased)
    assert after_erasure.clean(database, 30)


def whole(database: Database) -> bytes:
    """Everything that a thief of the database and its folder would hold."""
    found = [path.read_bytes() for path in database.files.root.parent.rglob("*") if path.is_file()]
    if not is_sqlite(database.engine):
        with database.reading() as session:
            for name in inspect(database.engine).get_table_names():
                found.append(repr(session.execute(text(f'SELECT t::text FROM "{name}" t')).all()).encode())
    return b"\n".join(found)


def keys(session: Session) -> Sequence[int]:
    return session.scalars(select(col(DataKey.id))).all()


def test_of_a_form_nothing_is_found_any_more(database: Database, session: Session, cast: Cast, tip_id: int) -> None:
    other = intake.receive(session, form("Another story.", callout_id=cast.borders, submission_id="o" * 22)).tip_id
    triage.tag(session, other, ["visa"], cast.bob)
    session.commit()
    session.close()
    if is_sqlite(database.engine):
        assert CANARY.encode() in whole(database), "it would be seen"
    erase(database, tip_id)
    assert CANARY.encode() not in whole(database).lower()
    assert not [path for path in database.files.root.rglob("*") if path.is_file()]
    with database.reading() as session:
        assert [tip.id for tip in session.scalars(select(Tip))] == [other]
        assert [tag.name for tag in session.scalars(select(Tag))] == ["visa"]
        assert session.scalars(select(Outgoing)).all() == []
        assert [change.steps for change in session.scalars(select(BulkChange))] == [[["tag", "Visa"]]]
        readers = session.scalars(select(Reader)).all()
        assert set(keys(session)) == {reader.key_id for reader in readers} and len(readers) == 1
        assert {s: n for _, s, _, n in counters.read(session, cast.alice) if n} == {"new": 1}
        (event,) = session.scalars(select(Event).where(col(Event.verb) == Verb.ERASED))
        assert (event.tip_id, event.object_id, event.actor) == (None, tip_id, ActorKind.READER)
        assert session.get(ErasedTip, tip_id) is not None


def test_the_number_of_an_erased_tip_is_never_given_again(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    session.close()
    erase(database, tip_id)
    with database.writing() as session:
        assert intake.receive(session, form(callout_id=cast.borders)).tip_id > tip_id


def test_a_reader_of_two_tips_stays_with_the_other(database: Database, session: Session, cast: Cast) -> None:
    first = intake.receive(session, mail("First.", callout_id=cast.borders)).tip_id
    second = intake.receive(session, mail("Second.", callout_id=cast.borders, message_id="two@mail.example")).tip_id
    session.commit()
    erase(database, first)
    with database.reading() as session:
        assert session.get_one(Tip, second).reader_id and session.scalars(select(ReaderContact)).all()
    erase(database, second)
    with database.reading() as session:
        assert session.scalars(select(ReaderContact)).all() == [] and keys(session) == []


def test_what_was_merged_into_a_tip_goes_with_it(database: Database, session: Session, cast: Cast) -> None:
    first = intake.receive(session, mail("First.", callout_id=cast.borders)).tip_id
    token = threads.token(session, first)
    stranger = mail(
        "Me again.", callout_id=cast.borders, sender="mei@work.example", message_id="2@x.example",
        answers=(f"{token}.1@meridian.example",),
    )  # fmt: skip
    second = intake.receive(session, stranger).tip_id
    third = intake.receive(session, form("Mine.", callout_id=cast.borders)).tip_id
    session.get_one(Tip, third).may_belong_to = second
    merge.merge(session, second, cast.bob)
    session.commit()
    erase(database, first)
    with database.reading() as session:
        assert [tip.id for tip in session.scalars(select(Tip))] == [third]
        assert session.get_one(Tip, third).may_belong_to is None
        assert len(session.scalars(select(Reader)).all()) == 1
        assert [n for *_, n in counters.read(session, cast.alice) if n] == [1]


def test_a_tip_under_legal_hold_stays_until_an_editor_lifts_it(session: Session, cast: Cast, tip_id: int) -> None:
    with pytest.raises(NotAllowed):
        erasure.hold(session, tip_id, cast.bob)
    assert erasure.hold(session, tip_id, cast.alice) and not erasure.hold(session, tip_id, cast.alice)
    for by in (ActorKind.READER, cast.alice):
        with pytest.raises(erasure.OnHold):
            erasure.erase(session, tip_id, by)
    assert erasure.release(session, tip_id, cast.alice)
    erasure.erase(session, tip_id, cast.alice)
    assert session.get(Tip, tip_id) is None


def test_only_who_sees_the_tip_and_edits_may_erase_it(session: Session, cast: Cast, tip_id: int) -> None:
    with pytest.raises(NotAllowed):
        erasure.erase(session, tip_id, cast.bob)
    with pytest.raises(NotVisible):
        erasure.erase(session, tip_id, cast.carol)
    with pytest.raises(NotVisible):
        erasure.erase(session, tip_id + 99, cast.alice)


@contextmanager
def backed_up(database: Database, session: Session, tmp_path: Path) -> Iterator[None]:
    """What is done meanwhile, a restored backup undoes."""
    if not is_sqlite(database.engine):
        pytest.skip("a backup here is a copy of the file")
    session.commit()
    session.close()
    place = Path(str(database.engine.url.database))
    with sqlite3.connect(place) as live, sqlite3.connect(tmp_path / "copy") as copy:
        live.backup(copy)
    yield
    with sqlite3.connect(tmp_path / "copy") as copy, sqlite3.connect(place) as live:
        copy.backup(live)
    (tmp_path / "copy").unlink()


def test_what_a_restored_backup_brings_back_is_erased_again(
    database: Database, session: Session, cast: Cast, tip_id: int, tmp_path: Path
) -> None:
    with backed_up(database, session, tmp_path):
        erase(database, tip_id)
    assert CANARY.encode() in whole(database)
    assert after_erasure.again(database) == 1
    assert after_erasure.again(database) == 0
    assert after_erasure.clean(database, 30)
    assert CANARY.encode() not in whole(database).lower()


def test_what_could_not_be_listed_at_once_is_listed_by_the_worker(
    database: Database, session: Session, cast: Cast, tip_id: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, cleaning = after_erasure.list_of(database), after_erasure.Cleaning(database)
    with backed_up(database, session, tmp_path):
        path.mkdir(parents=True)  # in the way, as a full disk is
        erase(database, tip_id)
        assert "the list of erased tips: IsADirectoryError" in caplog.text
        with pytest.raises(IsADirectoryError):
            cleaning.run()
        path.rmdir()
        path.write_bytes(f"{tip_id} 2021-06-2".encode())  # half of a line, since the disk was full
        cleaning.run()
    assert after_erasure.again(database) == 1


def test_one_that_is_killed_right_after_its_commit_is_listed_once_with_all_that_went(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    piece = intake.receive(session, form("Mine.", callout_id=cast.borders, submission_id="o" * 22)).tip_id
    session.get_one(Tip, piece).may_belong_to = tip_id
    session.flush()
    merge.merge(session, piece, cast.bob)
    session.commit()
    session.close()
    with database.writing() as session:
        erasure.erase(session, tip_id, ActorKind.READER)
        session.commit()
    for _ in range(2):
        after_erasure.Cleaning(database).run()
    assert sorted(line.tip_id for line in after_erasure.read(after_erasure.list_of(database))) == [tip_id, piece]


def test_a_hold_that_a_backup_brings_back_had_been_lifted_before_the_tip_went(
    database: Database, session: Session, cast: Cast, tip_id: int, tmp_path: Path
) -> None:
    erasure.hold(session, tip_id, cast.alice)
    with backed_up(database, session, tmp_path):
        with database.writing() as later:
            erasure.release(later, tip_id, cast.alice)
            later.commit()
        erase(database, tip_id)
    assert after_erasure.again(database) == 1


def test_what_came_back_joined_with_a_tip_under_hold_stays_and_somebody_is_told(
    database: Database, session: Session, cast: Cast, tip_id: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The other one was never erased: its hold is as good as ever."""
    held = intake.receive(session, form("Mine.", callout_id=cast.borders, submission_id="o" * 22)).tip_id
    erasure.hold(session, held, cast.alice)
    session.get_one(Tip, held).merged_into = tip_id
    with backed_up(database, session, tmp_path):
        with database.writing() as later:
            later.get_one(Tip, held).merged_into = None
            later.commit()
        erase(database, tip_id)
    assert after_erasure.again(database) == 0
    assert f"tip {tip_id} was erased, and is back" in caplog.text


def test_another_tip_of_the_same_number_is_left_alone(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    """The list of a newsroom that began anew in the same folder says nothing about its new tips."""
    session.close()
    path = after_erasure.list_of(database)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{tip_id} 2021-06-22T00:00:00+00:00 {'0' * 32}\nnot a line\n")
    assert after_erasure.again(database) == 0
    with database.reading() as session:
        assert session.get(Tip, tip_id) is not None


def test_a_reply_that_waited_never_leaves(database: Database, session: Session, cast: Cast, tip_id: int) -> None:
    (out,) = session.scalars(select(Outgoing))
    session.close()
    erase(database, tip_id)
    with database.writing() as session, pytest.raises(NotVisible):
        outbox.withdraw(session, out.id, cast.bob)


def test_every_table_that_names_a_tip_is_emptied(database: Database, session: Session, cast: Cast, tip_id: int) -> None:
    session.close()
    erase(database, tip_id)
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            if "tip_id" in table.c and table.name != "erased_tip":
                assert session.execute(select(table).where(table.c.tip_id == tip_id)).all() == [], table.name
        assert session.scalars(select(Message)).all() == []


def test_what_waits_in_the_spool_goes_too_and_is_never_filed(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    """A form that was sent again while the database was away, and a file of it, lie there under the same code."""
    tip = session.get_one(Tip, tip_id)
    key = f"{tip.submission_id}:{tip.submission_print}"
    other = form("Somebody else's.", callout_id=cast.borders, submission_id="o" * 22)
    session.close()
    spool = Spool.of(database)
    spool.put_file(key, Attachment("more.jpg", PHOTO))
    spool.put_words(other)
    assert spool.standing().waiting == 1 and len(list(spool.root.iterdir())) == 2
    erase(database, tip_id)
    assert len(list(spool.root.iterdir())) == 1, "the other one stays"
    file_all(database)
    with database.reading() as session:
        assert [message.text for message in session.scalars(select(Message))] == ["Somebody else's."]


def test_the_worker_cleans_until_nothing_is_left(database: Database, session: Session, cast: Cast, tip_id: int) -> None:
    session.close()
    cleaning = after_erasure.Cleaning(database)
    assert not cleaning.run() and not after_erasure.list_of(database).exists(), "nothing was ever erased"
    with database.writing() as session:
        erased = erasure.erase(session, tip_id, ActorKind.READER)
        session.commit()
    after_erasure.finish(database, erased)
    for _ in range(20):
        cleaning.run()
    assert cleaning.cleaned == cleaning.listed == 1
    assert [line.tip_id for line in after_erasure.read(after_erasure.list_of(database))] == [tip_id]
    assert CANARY.encode() not in whole(database).lower()


def test_where_the_spool_can_not_be_tidied_an_erasure_stands_and_is_listed(
    database: Database, session: Session, cast: Cast, tip_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    Spool.of(database).root.write_bytes(b"in the way")
    erase(database, tip_id)
    assert [line.tip_id for line in after_erasure.read(after_erasure.list_of(database))] == [tip_id]
    assert "spool, what was erased: NotADirectoryError" in caplog.text


def test_where_the_database_can_not_let_go_its_connections_stay_as_they_were(database: Database) -> None:
    engine = connect(database.engine.url.render_as_string(hide_password=False))
    lite = is_sqlite(engine)

    def hinder(dbapi: Any, *_: Any) -> None:
        dbapi.execute("BEGIN IMMEDIATE" if lite else "SET statement_timeout = 1")
        if not lite:
            dbapi.commit()

    on_engine.listen(engine, "checkout", hinder)
    try:
        assert not after_erasure.clean(replace(database, engine=engine), 0)
        on_engine.remove(engine, "checkout", hinder)
        with engine.connect() as conn:
            assert lite or not conn.connection.driver_connection.autocommit  # type: ignore[union-attr]
    finally:
        engine.dispose()
