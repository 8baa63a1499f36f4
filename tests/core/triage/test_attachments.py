"""Files that reporters put to notes, calls and entered tips: files of the tip, and none of the reader's."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.core.search.test_search import found
from tests.fixtures_db import Cast
from tipline.core import files, merge, triage
from tipline.core.arrival import Attachment
from tipline.core.files import scans
from tipline.core.merge import unmerge
from tipline.core.retention import erasure
from tipline.core.tip_page import conversation
from tipline.core.triage import attachments, contacts
from tipline.core.triage.contacts import Contact
from tipline.db import Database, now
from tipline.errors import NotAllowed, NotVisible
from tipline.models import ContactWay, DataKey, StoredFile, Tip

PNG = b"\x89PNG\r\n\x1a\n"
SHOT = Attachment("signal canarybird.png", PNG + b"\0" * 200, "image/png")
CALL = Attachment("call.mp3", b"ID3\3" + b"\0" * 200_000, "audio/mpeg")


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    return make_tip(session, cast.borders)


def note(session: Session, tip: Tip, cast: Cast, attached: Attachment = SHOT) -> int:
    """A file beside a note of Bob's."""
    row = triage.note(session, tip.id or 0, "From Signal", cast.bob)
    return attachments.attach_to_note(session, row.id or 0, attached, cast.bob)


def call(session: Session, tip: Tip, cast: Cast) -> int:
    """A recording beside a call of Bob's; the call's id."""
    row = contacts.add(session, tip.id or 0, Contact(ContactWay.CALL, now(), "Spoke"), cast.bob)
    attachments.attach_to_contact(session, row.id or 0, CALL, cast.bob)
    return row.id or 0


def test_it_stands_with_its_note_or_call_is_counted_and_found_and_opened_as_all_others(
    session: Session, cast: Cast, tip: Tip
) -> None:
    file_id = note(session, tip, cast)
    call(session, tip, cast)
    assert (tip.files, tip.photos) == (2, 1)
    entries = conversation.conversation(session, tip, cast.alice)
    assert [(e.kind, e.who, [f.name for f in e.files]) for e in entries if e.files] == [
        ("note", "Bob", [SHOT.name]), ("contact", "Bob", [CALL.name]),
    ]  # fmt: skip
    row, content = files.original(session, file_id, cast.alice)
    assert (row.type, b"".join(content.pieces())) == ("image/png", SHOT.content)
    with pytest.raises(NotAllowed):
        files.original(session, file_id, cast.dave)
    with pytest.raises(NotVisible):
        files.find(session, file_id, cast.carol)
    assert file_id in scans.due(session, 0, 10)
    assert found(session, "canarybird") == [tip.id]


def test_a_file_goes_to_a_note_of_ones_own_where_one_works(session: Session, cast: Cast, tip: Tip) -> None:
    row = triage.note(session, tip.id or 0, "From Signal", cast.bob)
    for other in (cast.alice, cast.carol, cast.dave):
        with pytest.raises((NotVisible, NotAllowed)):
            attachments.attach_to_note(session, row.id or 0, SHOT, other)
    with pytest.raises(NotVisible):
        attachments.attach_to_contact(session, 404, SHOT, cast.bob)
    assert session.scalars(select(StoredFile)).all() == [] and tip.files == 0


def test_the_reader_learns_nothing_of_files_of_notes(session: Session, cast: Cast, tip: Tip) -> None:
    file_id = note(session, tip, cast)
    assert files.count_of_tip(session, tip.id or 0) == 0
    assert erasure.holdings(session, tip).files == 0
    assert [file for entry in conversation.for_reader(session, tip.id or 0) for file in entry.files] == []
    with pytest.raises(NotVisible):
        conversation.file_for_reader(session, tip.id or 0, file_id)


def test_a_call_that_is_taken_away_takes_its_recording_along(
    session: Session, cast: Cast, tip: Tip, database: Database
) -> None:
    note(session, tip, cast)
    contact_id = call(session, tip, cast)
    session.commit()
    [stored_as] = [row.stored_as for row in session.scalars(select(StoredFile)) if row.stored_as]
    contacts.remove(session, contact_id, cast.bob)
    session.commit()
    assert [row.name for row in session.scalars(select(StoredFile))] == [SHOT.name]
    assert (tip.files, tip.photos) == (1, 1)
    with pytest.raises(OSError):
        database.files.get(stored_as)


def test_merged_they_go_along_and_unmerged_they_come_back(session: Session, cast: Cast, tip: Tip) -> None:
    file_id = note(session, tip, cast)
    other = make_tip(session, cast.borders, "Another", minutes=5)
    note(session, other, cast, CALL)
    into = merge.merge(session, tip.id or 0, cast.alice, into=other.id or 0)
    target = session.get_one(Tip, into)
    assert (target.files, target.photos) == (2, 1)
    assert session.get_one(StoredFile, file_id).tip_id == into
    gone = tip if into == other.id else other
    unmerge.unmerge(session, gone.id or 0, cast.alice)
    session.flush()
    assert ((tip.files, tip.photos), (other.files, other.photos)) == ((1, 1), (1, 0))
    assert session.get_one(StoredFile, file_id).tip_id == tip.id


def test_erased_nothing_of_them_is_left(session: Session, cast: Cast, tip: Tip, database: Database) -> None:
    note(session, tip, cast)
    call(session, tip, cast)
    session.commit()
    stored = [row.stored_as for row in session.scalars(select(StoredFile)) if row.stored_as]
    keys = {row.key_id for row in session.scalars(select(StoredFile))}
    erasure.erase(session, tip.id or 0, cast.alice)
    session.commit()
    assert session.scalars(select(StoredFile)).all() == []
    assert keys.isdisjoint(session.scalars(select(col(DataKey.id))).all())
    for name in stored:
        with pytest.raises(OSError):
            database.files.get(name)
