"""The spool: sealed files that survive whatever the database does, and are filed once."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import killed_filing
from tests.filing import file_all
from tests.fixtures_db import KEY, Cast, rows
from tests.trouble import locked
from tipline.core import intake
from tipline.core.arrival import Arrival, Attachment, ConsentChoice, GivenAnswer, Source
from tipline.core.intake import drafts
from tipline.core.readers import receipts
from tipline.core.retention import erasure
from tipline.db import Database, now
from tipline.errors import Refused
from tipline.models import ActorKind, Message, StoredFile, Tip
from tipline.sealing import Master
from tipline.spool import Spool, SpoolStatus

PHOTO = Attachment("IMG 我们.jpg", b"\xff\xd8\xff" + bytes(70_000), "image/jpeg")


@pytest.fixture
def story(cast: Cast) -> Arrival:
    return Arrival(
        source=Source.FORM,
        text="My son is in Shanghai.\r\n我们分开十八个月了。 \0",
        received_at=now(),
        language="en",
        reader_name="Mei Li",
        reader_email="mei@reader.example",
        callout_id=cast.borders,
        submission_id="ab" * 16,
        answers=(GivenAnswer(1, "What happened?", "My son is in Shanghai."),),
        consent=ConsentChoice.ASK,
        consent_wording="Ask me first",
    )


def damage(spool: Spool) -> None:
    """The bytes of all words that wait are not what they were."""
    for record in spool.segments.records():
        content = bytearray(record.path.read_bytes())
        content[record.at + record.size - 1] ^= 1
        record.path.write_bytes(content)


def hash_of(spool: Spool, key: str) -> str:
    return receipts.code_hash(spool.master, receipts.code_by(spool.master, key))


def test_what_waits_is_filed_as_it_was_said_and_when(spool: Spool, story: Arrival, database: Database) -> None:
    key = spool.put_words(replace(story, answers=()))
    spool.put_file(key, PHOTO)
    file_all(database)
    [tip], [message], [file] = (rows(database, table) for table in (Tip, Message, StoredFile))
    assert (tip.received_at, tip.callout_id, tip.consent) == (story.received_at, story.callout_id, "ask")
    assert message.text == "My son is in Shanghai.\n我们分开十八个月了。 "
    assert (file.name, file.size, file.message_id) == (PHOTO.name, len(PHOTO.content), message.id)
    assert tip.code_hash == hash_of(spool, key)
    assert list(spool.root.iterdir()) == []


def test_a_large_file_that_was_cut_is_kept_and_said_and_does_not_stop_the_others(
    spool: Spool, story: Arrival, database: Database
) -> None:
    key = spool.put_words(replace(story, answers=()))
    spool.put_file(key, PHOTO)
    [path] = spool.root.glob("*.file")
    path.write_bytes(path.read_bytes()[:-100])
    spool.put_file(key, replace(PHOTO, name="whole.jpg"))
    file_all(database)
    assert [file.name for file in rows(database, StoredFile)] == ["whole.jpg"]
    assert spool.standing().damaged == 1 and path.exists()


def test_the_receipts_key_is_the_one_that_filing_gives(spool: Spool, story: Arrival, database: Database) -> None:
    story = replace(story, answers=())
    key = spool.put_words(story)
    with database.writing() as session:
        assert intake.receive(session, story).submission_key == key


def test_nothing_in_the_folder_can_be_read_without_the_key(spool: Spool, story: Arrival) -> None:
    spool.put_file(spool.put_words(story), PHOTO)
    files = list(spool.root.iterdir())
    assert len(files) == 2 and spool.root.stat().st_mode & 0o77 == 0
    for path in files:
        assert path.stat().st_mode & 0o77 == 0
        lies = path.name.encode() + path.read_bytes()
        assert not any(word in lies for word in (b"Shanghai", b"mei@", b"IMG \xe6", b"abab" * 2, PHOTO.content[:200]))
    assert Spool(spool.root, Master(KEY[::-1])).standing() == SpoolStatus(damaged=2)


def test_what_was_filed_meanwhile_is_not_filed_again(spool: Spool, story: Arrival, database: Database) -> None:
    story = replace(story, answers=())
    spool.put_file(spool.put_words(story), PHOTO)
    with database.writing() as session:  # the reader sent it again, and the database answered
        filed = intake.receive(session, story)
        intake.attach(session, filed.tip_id, filed.message_id, PHOTO)
        session.commit()
    file_all(database)
    assert [len(rows(database, table)) for table in (Tip, Message, StoredFile)] == [1, 1, 1]


@pytest.mark.parametrize("kind", [".segment", ".file"])
def test_killed_between_filing_and_removing_it_is_filed_once(
    spool: Spool, story: Arrival, database: Database, kind: str
) -> None:
    spool.put_file(spool.put_words(replace(story, answers=())), PHOTO)
    [path] = [p for p in spool.root.iterdir() if p.suffix == kind]
    kept = path.read_bytes()
    file_all(database)
    path.write_bytes(kept)  # as if it had never been removed
    file_all(database)
    assert [len(rows(database, table)) for table in (Tip, Message, StoredFile)] == [1, 1, 1]
    assert list(spool.root.iterdir()) == []


@pytest.mark.parametrize("point", [{"before": 1}, {"after": 1}, {"before": 2}, {"after": 2}, {"after": 3}], ids=str)
def test_a_worker_that_is_killed_while_it_files_loses_nothing_and_doubles_nothing(
    spool: Spool, story: Arrival, database: Database, point: dict[str, int]
) -> None:
    for n in range(2):
        told = replace(story, answers=(), submission_id=f"{n}" * 32)
        spool.put_file(spool.put_words(told), PHOTO)
    assert killed_filing.run(database, point) == -9
    assert spool.standing().waiting + len(rows(database, Tip)) >= 2
    file_all(database)
    assert [len(rows(database, table)) for table in (Tip, Message, StoredFile)] == [2, 2, 2]
    assert list(spool.root.iterdir()) == []


def addition(tip_id: int | None, text: str = "One thing more.") -> Arrival:
    """What a reader adds on their page."""
    return Arrival(source=Source.PAGE, text=text, received_at=now(), tip_id=tip_id, submission_id="cd" * 16)


def filed(database: Database, story: Arrival) -> tuple[int, str]:
    """A story's tip, and the code that opens its reader's page."""
    with database.writing() as session:
        tip_id = intake.receive(session, replace(story, answers=())).tip_id
        session.commit()
        return tip_id, session.get_one(Tip, tip_id).code_hash or ""


@pytest.mark.parametrize("asked", [True, False], ids=["whose-page-is-known", "by-the-code-alone"])
@pytest.mark.parametrize("point", [{"before": 1}, {"after": 1}, {"before": 2}, {"after": 2}], ids=str)
def test_a_worker_that_is_killed_while_it_files_what_was_added_files_it_once(
    spool: Spool, story: Arrival, database: Database, asked: bool, point: dict[str, int]
) -> None:
    tip_id, code = filed(database, story)
    spool.put_file(spool.put_words(addition(tip_id if asked else None), code), PHOTO, code)
    assert killed_filing.run(database, point) == -9
    assert [one.text for one in spool.added(code)] == ["One thing more."] or len(rows(database, Message)) == 2
    file_all(database)
    first, second = rows(database, Message)
    assert (second.text, second.tip_id, second.source) == ("One thing more.", first.tip_id, "page")
    assert [row.message_id for row in rows(database, StoredFile)] == [second.id]
    assert list(spool.root.iterdir()) == []


@pytest.mark.parametrize("asked", [True, False], ids=["whose-page-is-known", "by-the-code-alone"])
def test_what_was_added_to_a_tip_that_was_erased_meanwhile_goes_too(
    spool: Spool, story: Arrival, database: Database, asked: bool
) -> None:
    tip_id, code = filed(database, story)
    with database.writing() as session:
        erasure.erase(session, tip_id, ActorKind.SYSTEM)
        session.commit()
    spool.put_file(spool.put_words(addition(tip_id if asked else None), code), PHOTO, code)
    file_all(database)
    assert rows(database, Message) == [] and list(spool.root.iterdir()) == []


def test_nothing_that_was_added_takes_a_form_along_that_waits_itself(
    spool: Spool, story: Arrival, database: Database
) -> None:
    code = hash_of(spool, spool.put_words(replace(story, answers=())))
    damage(spool)
    spool.put_words(addition(None), code)
    file_all(database)
    assert spool.standing().damaged == 1, "a form that does not open is kept, for the right key"


def test_what_was_in_trouble_comes_after_the_others(
    spool: Spool, story: Arrival, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = replace(story, answers=())
    spool.put_words(story)
    damage(spool)
    spool.file(database)
    for n in range(3):
        spool.put_words(replace(story, submission_id=f"{n}" * 32))
    monkeypatch.setattr("tipline.spool.TURN_SECONDS", 0)
    for _ in range(3):
        assert spool.file(database)
    assert len(rows(database, Tip)) == 3 and spool.standing() == SpoolStatus(damaged=1)


def test_of_very_many_those_that_wait_longest_are_opened_and_all_are_counted(
    spool: Spool, story: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.spool.OPENED", 2)
    for n in range(4):
        spool.put_words(replace(story, submission_id=f"{n}" * 32))
    [first, *_] = spool.segments.records()
    assert spool.standing() == SpoolStatus(4, datetime.fromtimestamp(first.came_at, UTC))


def test_the_same_sent_many_times_waits_once(spool: Spool, story: Arrival) -> None:
    keys = {spool.put_words(replace(story, received_at=now())) for _ in range(3)}
    for _ in range(3):
        spool.put_file(*keys, PHOTO)  # type: ignore[misc]
    assert spool.standing().waiting == 1 and spool.files(hash_of(spool, *keys)) == 1  # type: ignore[call-arg]


def test_other_words_from_the_same_page_are_another_story(spool: Spool, story: Arrival, database: Database) -> None:
    story = replace(story, answers=())
    spool.put_words(story)
    spool.put_words(replace(story, text="Somebody else's."))
    file_all(database)
    one, two = rows(database, Tip)
    assert two.may_belong_to == one.id


def test_while_the_database_is_locked_everything_stays(spool: Spool, story: Arrival, database: Database) -> None:
    spool.put_words(replace(story, answers=()))
    with locked(database):
        file_all(database)
        assert spool.standing().waiting == 1 and rows(database, Tip) == []
    file_all(database)
    assert len(rows(database, Tip)) == 1


def test_what_a_killed_process_left_unfinished_goes_after_a_day(spool: Spool, story: Arrival) -> None:
    spool.put_words(story)
    [words] = spool.root.iterdir()
    os.utime(words, (1, 1))
    left, written = spool.root / ".0123456789abcdef.part", spool.root / ".fedcba9876543210.part"
    for path in (left, written):
        path.write_bytes(b"tipline spool 1\n")
    os.utime(left, (1, 1))
    spool.tidy()
    assert sorted(spool.root.iterdir()) == sorted([words, written])


def test_damaged_words_are_kept_and_reported_and_do_not_block_the_others(
    spool: Spool, story: Arrival, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    story = replace(story, answers=())
    spool.put_words(story)
    damage(spool)
    spool.put_words(replace(story, submission_id="cd" * 16))
    for _ in range(3):
        spool.file(database)
    assert len(rows(database, Tip)) == 1 and len(list(spool.root.iterdir())) == 1
    assert spool.standing() == SpoolStatus(damaged=1)
    [record] = caplog.records
    assert "it is kept" in record.message and "Shanghai" not in caplog.text


def test_sent_again_after_damage_it_waits_whole_beside_what_is_left(spool: Spool, story: Arrival) -> None:
    key = spool.put_words(story)
    damage(spool)
    assert spool.find(hash_of(spool, key)) is None
    spool.put_words(story)
    found = spool.find(hash_of(spool, key))
    assert found is not None and found.text == story.text
    assert spool.standing() == replace(spool.standing(), waiting=1, damaged=1)


def test_what_its_reader_took_back_can_not_be_read_any_more_by_whoever_has_key_and_disk(
    spool: Spool, story: Arrival, database: Database
) -> None:
    key = spool.put_words(story)
    [record] = spool.segments.records()
    wrapped, _ = spool.segments.read(record)
    spool.put_words(replace(story, submission_id="cd" * 16))
    spool.forget(hash_of(spool, key))
    assert wrapped not in record.path.read_bytes()
    assert spool.find(hash_of(spool, key)) is None and spool.standing().waiting == 1


def test_a_file_whose_words_are_not_there_yet_waits_for_them(spool: Spool, story: Arrival, database: Database) -> None:
    story = replace(story, answers=())
    key = intake.submission_key(story)
    spool.put_file(key, PHOTO)
    file_all(database)
    assert spool.files(hash_of(spool, key)) == 1
    spool.put_words(story)
    file_all(database)
    assert len(rows(database, StoredFile)) == 1 and list(spool.root.iterdir()) == []


def test_files_of_an_earlier_try_come_along_and_those_of_a_later_one_stay(
    spool: Spool, story: Arrival, database: Database, cast: Cast
) -> None:
    def drafted(name: str) -> None:
        with database.writing() as session:
            drafts.keep(session, story.submission_id, cast.borders, {})
            drafts.add_file(session, story.submission_id, 1, replace(PHOTO, name=name))
            session.commit()

    drafted("before.jpg")
    spool.put_words(replace(story, answers=()))
    drafted("after.jpg")
    file_all(database)
    assert [row.name for row in rows(database, StoredFile)] == ["before.jpg"]
    with database.reading() as session:
        kept = drafts.take(session, story.submission_id)
        assert kept is not None and [file.name for file in kept.files] == ["after.jpg"]


def test_a_nearly_full_disk_refuses(spool: Spool, story: Arrival, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.storage.FREE_SPACE_FLOOR", 1 << 62)
    with pytest.raises(Refused):
        spool.put_words(story)
    assert list(spool.root.iterdir()) == []


def test_the_file_is_durable_before_it_has_its_name(
    spool: Spool, story: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def synced(fd: int) -> None:
        done.append("folder" if Path(f"/proc/self/fd/{fd}").is_dir() else "file")
        fsync(fd)

    def renamed(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr("os.fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    spool.put_file(intake.submission_key(story), PHOTO)
    assert done == ["folder", "file", "rename", "folder"]  # the first: the new folder itself
