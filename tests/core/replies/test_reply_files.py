"""Files of replies: sealed while they wait, sent as parts of the mail, back in the composer when taken back."""

import io
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import collapse_rfc2231_value

import pytest
from PIL import Image
from sqlalchemy import select
from sqlmodel import Session

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import files, intake, outbox, replies, vault
from tipline.core.arrival import Attachment
from tipline.core.outbox import scheduled, sending
from tipline.core.outgoing_mail import Enclosed, Letter, Sender, reply
from tipline.core.replies import reply_files
from tipline.core.replies.reply_files import AttachmentLimit
from tipline.core.retention import erasure
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import DataKey, ReplyFile, StoredFile, Tip

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
ROOM = AttachmentLimit(1024 * 1024)
PDF = Attachment("签证 form.pdf", b"%PDF-1.7 " + b"x" * 100_000, "application/pdf")


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders)).tip_id


def photo() -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    Image.new("RGB", (320, 200), "steelblue").save(out, "JPEG", exif=exif)
    return out.getvalue()


def parts(content: bytes) -> list[tuple[str, str, object]]:
    """Name, type and content of each file of a mail."""
    return [
        (_name(part), part.get_content_type(), part.get_payload(decode=True))
        for part in message_from_bytes(content).walk()
        if part.get_content_disposition() == "attachment"
    ]


def _name(part: Mail) -> str:
    return collapse_rfc2231_value(part.get_param("filename", "", "content-disposition"))


def test_files_leave_as_parts_of_the_mail_and_stay_with_the_message(session: Session, cast: Cast, tip_id: int) -> None:
    reply_files.add(session, tip_id, PDF, cast.bob, ROOM)
    reply_files.add(session, tip_id, Attachment("note.txt", b"hello"), cast.bob, ROOM)
    out = replies.queue(session, tip_id, "See what is attached.", cast.bob, DESK)
    assert reply_files.waiting(session, tip_id, cast.bob) == []
    letter = sending.mark_sending(session, out.id)
    assert letter is not None
    sent = message_from_bytes(letter.content)
    assert sent.get_content_type() == "multipart/mixed"
    text = sent.get_payload(0)
    assert isinstance(text, Mail)
    assert b"See what is attached." in (text.get_payload(decode=True) or b"")
    assert parts(letter.content) == [
        ("签证 form.pdf", "application/pdf", PDF.content),
        ("note.txt", "text/plain", b"hello"),
    ]
    kept = reply_files.of_message(session, out.message_id)
    assert [b"".join(files.content(session, row).pieces()) for row in kept] == [PDF.content, b"hello"]
    tip = session.get_one(Tip, tip_id)
    assert (tip.files, tip.photos) == (0, 0)  # of the reader's files alone


def test_what_waits_is_sealed_and_only_its_owner_has_it(session: Session, cast: Cast, tip_id: int) -> None:
    row = reply_files.add(session, tip_id, Attachment("plan.txt", b"CANARY in the plan"), cast.bob, ROOM)
    assert b"CANARY" not in (row.content or b"")
    large = reply_files.add(session, tip_id, PDF, cast.bob, ROOM)
    assert large.stored_as
    assert (vault.files(session).root / large.stored_as[:2]).exists() or vault.files(session).root.exists()
    assert reply_files.waiting(session, tip_id, cast.alice) == []
    with pytest.raises(NotVisible):
        reply_files.remove(session, tip_id, row.id, cast.alice)
    with pytest.raises(NotVisible):
        reply_files.add(session, tip_id, PDF, cast.carol, ROOM)
    reply_files.remove(session, tip_id, row.id, cast.bob)
    assert [one.name for one in reply_files.waiting(session, tip_id, cast.bob)] == ["签证 form.pdf"]


def test_taken_back_the_files_are_in_the_composer_again_and_can_be_sent_again(
    session: Session, cast: Cast, tip_id: int
) -> None:
    reply_files.add(session, tip_id, PDF, cast.bob, ROOM)
    out = replies.queue(session, tip_id, "Here it is", cast.bob, DESK)
    outbox.withdraw(session, out.id, cast.bob)
    assert session.scalars(select(StoredFile)).all() == []
    assert [one.name for one in reply_files.waiting(session, tip_id, cast.bob)] == [PDF.name]
    again = replies.queue(session, tip_id, "Here it is", cast.bob, DESK)
    letter = sending.mark_sending(session, again.id)
    assert letter is not None
    assert [name for name, _, _ in parts(letter.content)] == [PDF.name]


def test_a_reply_that_waits_for_its_time_keeps_its_files_when_the_time_changes(
    session: Session, cast: Cast, tip_id: int
) -> None:
    reply_files.add(session, tip_id, PDF, cast.bob, ROOM)
    out = replies.queue(session, tip_id, "Later", cast.bob, DESK, send_at=now() + replies.timedelta(days=1))
    scheduled.send_now(session, out.id, cast.bob, DESK)
    letter = sending.mark_sending(session, out.id)
    assert letter is not None
    assert [content for _, _, content in parts(letter.content)] == [PDF.content]


def test_photos_lose_what_is_hidden_in_them_and_pictures_nobody_can_read_are_refused() -> None:
    cleaned = reply_files.cleaned(Attachment("IMG 1.HEIC.png", photo(), "image/png"))
    assert (cleaned.name, cleaned.declared_type) == ("IMG 1.HEIC.jpg", "image/jpeg")
    assert b"SECRETCAMERA" not in cleaned.content
    assert reply_files.cleaned(PDF).content == PDF.content
    for broken in (b"\xff\xd8\xff broken", b"II*\0 a TIFF", b""):
        with pytest.raises(Refused):
            reply_files.cleaned(Attachment("a.jpg", broken, "image/jpeg"))


def test_there_is_room_for_so_much_and_so_many(session: Session, cast: Cast, tip_id: int) -> None:
    with pytest.raises(Refused, match="too large"):
        reply_files.add(session, tip_id, PDF, cast.bob, AttachmentLimit(100_000))
    for number in range(reply_files.MAX_FILES):
        reply_files.add(session, tip_id, Attachment(f"{number}.txt", b"x"), cast.bob, ROOM)
    with pytest.raises(Refused, match="20 files"):
        reply_files.add(session, tip_id, Attachment("one.txt", b"x"), cast.bob, ROOM)


def test_erasing_a_tip_takes_waiting_files_and_their_keys_along(session: Session, cast: Cast, tip_id: int) -> None:
    key_id = reply_files.add(session, tip_id, PDF, cast.bob, ROOM).key_id
    erasure.erase(session, tip_id, cast.alice)
    assert session.scalars(select(ReplyFile)).all() == []
    assert session.get(DataKey, key_id) is None


@pytest.mark.parametrize(
    "name", ['a"b.pdf', "a\r\nBcc: x@y.example.pdf", "签" * 300 + ".pdf", "", "x\u202egpj.exe", "..\\..\\passwd"]
)
def test_no_name_of_a_file_makes_a_header_or_breaks_the_mail(name: str) -> None:
    letter = Letter(
        DESK, "Bob", "mei@mail.example", "s", "Hello", "id@x", DESK.address, now(),
        files=(Enclosed(name, "application/pdf", b"%PDF"), Enclosed("m.eml", "message/rfc822", b"Subject: a\n\nb")),
    )  # fmt: skip
    content = reply(letter)
    assert message_from_bytes(content)["Bcc"] is None
    assert [body for _, _, body in parts(content)] == [b"%PDF", b"Subject: a\n\nb"]
    assert max(map(len, content.split(b"\r\n"))) < 998
