"""Attachments are sealed, told by their bytes, and shown without what a camera wrote into them."""

import io

import pytest
from PIL import Image
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import files, intake
from tipline.core.arrival import Attachment
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Event, StoredFile, Tip, Verb
from tipline.sealing.chunks import Readable


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture with a place and a camera in its EXIF."""
    image, out = Image.new("RGB", size, "navy"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "CANARY camera"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 0.0)
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def read(content: Readable) -> bytes:
    return b"".join(content.pieces())


@pytest.fixture
def file_id(session: Session, cast: Cast) -> int:
    picture = Attachment("../../etc/IMG_1.jpg", photo(), "text/html")
    intake.receive(session, mail(callout_id=cast.borders, attachments=(picture,)))
    return session.scalars(select(col(StoredFile.id))).one()


def test_a_file_is_what_its_bytes_say_not_what_the_sender_claims(session: Session, cast: Cast, file_id: int) -> None:
    row = session.get_one(StoredFile, file_id)
    assert (row.type, row.declared_type) == ("image/jpeg", "text/html")
    tip = session.get_one(Tip, row.tip_id)
    assert (tip.files, tip.photos) == (1, 1)


def test_the_bytes_are_sealed_wherever_they_lie(session: Session, cast: Cast, file_id: int) -> None:
    assert b"CANARY" not in (session.get_one(StoredFile, file_id).content or b"")
    large = Attachment("large.bin", b"CANARY" * 20_000)
    intake.receive(session, mail(callout_id=cast.borders, message_id="2@x", attachments=(large,)))
    row = session.scalars(select(StoredFile).where(col(StoredFile.name) == "large.bin")).one()
    assert row.stored_as is not None
    assert "large" not in row.stored_as
    assert read(files.original(session, row.id, cast.bob)[1]) == large.content


def test_the_view_copy_has_no_place_and_no_camera(session: Session, cast: Cast, file_id: int) -> None:
    copy = files.view_copy(session, file_id, cast.dave)
    assert b"CANARY" not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert dict(image.getexif()) == {}


def test_an_original_is_recorded_and_not_for_viewers_or_other_teams(session: Session, cast: Cast, file_id: int) -> None:
    files.original(session, file_id, cast.bob)
    assert session.scalars(select(Event).where(col(Event.verb) == Verb.ORIGINAL_SEEN)).one().object_id == file_id
    with pytest.raises(NotAllowed):
        files.original(session, file_id, cast.dave)
    for look in (files.original, files.view_copy):
        with pytest.raises(NotVisible):
            look(session, file_id, cast.carol)
