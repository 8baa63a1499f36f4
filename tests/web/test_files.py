"""Files and original mails: who gets them, that it is recorded, and that none ever becomes a page of ours."""

import io
import re

import pytest
from flask import Flask
from PIL import Image
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_mail
from tipline.core import vault
from tipline.core.access import Actor
from tipline.core.arrival import Attachment
from tipline.core.mailboxes.ledger import place
from tipline.db import Database, now
from tipline.models import (
    Epoch,
    Event,
    Extraction,
    Ledger,
    LedgerState,
    Mailbox,
    Message,
    RawMail,
    Scan,
    StoredFile,
    Verb,
)
from tipline.sealing import new_id, seal
from tipline.web.files import disposition, safe_name

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def photo() -> bytes:
    image = Image.new("RGB", (40, 30), "teal")
    exif = Image.Exif()
    exif[0x010E] = "Shanghai, 31.2N 121.4E"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def open_as(app: Flask, who: Actor) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    sign_in(browser, who)
    return browser


def file_of(session: Session, callout_id: int, name: str, content: bytes, kind: str = "image/jpeg") -> StoredFile:
    tip_id = by_mail(session, callout_id, attachments=[Attachment(name, content, kind)])
    file = session.scalars(select(StoredFile).where(col(StoredFile.tip_id) == tip_id)).one()
    session.commit()  # SQLite has one writer: let the page write
    return file


def seen(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Event).where(col(Event.verb) == Verb.ORIGINAL_SEEN)).all())


def test_a_photo_is_shown_without_what_is_hidden_in_it(app: Flask, session: Session, cast: Cast) -> None:
    file = file_of(session, cast.borders, "IMG_2041.jpg", photo())
    page = open_as(app, cast.dave).get(f"/desk/tips/{file.tip_id}").text
    assert f'src="/desk/files/{file.id}/view"' in page and "Photo: IMG_2041.jpg" in page
    copy = open_as(app, cast.dave).get(f"/desk/files/{file.id}/view")
    assert copy.mimetype == "image/jpeg" and b"Shanghai" not in copy.data
    assert copy.headers["Content-Security-Policy"].startswith("sandbox")
    assert copy.headers["Cache-Control"] == "no-store"


def test_the_original_is_a_download_and_recorded(app: Flask, session: Session, cast: Cast, database: Database) -> None:
    content = photo()
    file = file_of(session, cast.borders, "北京 photo.jpg", content)
    answer = open_as(app, cast.bob).post(f"/desk/files/{file.id}")
    assert answer.data == content and answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"photo.jpg\"; filename*=UTF-8''%E5%8C%97%E4%BA%AC%20photo.jpg"
    )
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert seen(database) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.svg", SVG), ("a.html", b"<html><script>1</script>"), ("a.pdf", b"%PDF-1.4"), ("a.jpg", SVG)],
)
def test_drawings_pages_and_papers_are_never_shown_by_us(
    app: Flask, session: Session, cast: Cast, name: str, content: bytes
) -> None:
    file = file_of(session, cast.borders, name, content)
    alice = open_as(app, cast.alice)
    assert alice.get(f"/desk/files/{file.id}/view").status_code == 422
    assert f"/desk/files/{file.id}/view" not in alice.get(f"/desk/tips/{file.tip_id}").text
    assert alice.post(f"/desk/files/{file.id}").mimetype == "application/octet-stream"


@pytest.mark.parametrize(
    ("scan", "said"), [(Scan.INFECTED, "the scanner found malware"), (Scan.CLEAN, "locked, damaged or too large")]
)
def test_a_file_whose_words_are_not_read_says_why(
    app: Flask, session: Session, cast: Cast, scan: Scan, said: str
) -> None:
    file = file_of(session, cast.borders, "a.pdf", b"%PDF-1.4")
    file.scan, file.extraction = scan, Extraction.FAILED
    session.add(file)
    session.commit()
    assert said in open_as(app, cast.bob).get(f"/desk/tips/{file.tip_id}").text


def test_files_of_another_callout_are_not_there_and_viewers_get_no_original(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    file = file_of(session, cast.borders, "a.jpg", photo())
    carol, dave = open_as(app, cast.carol), open_as(app, cast.dave)
    assert carol.get(f"/desk/files/{file.id}/view").status_code == 404
    assert carol.post(f"/desk/files/{file.id}").status_code == 404
    assert dave.post(f"/desk/files/{file.id}").status_code == 403
    assert dave.get(f"/desk/files/{file.id}").status_code == 405
    assert seen(database) == 0


def test_a_mail_as_it_came_is_a_download_and_recorded(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    raw = b"From: mei.li@reader.example\r\n\r\nHello\r\n"
    mailbox = Mailbox(name="tips", created_at=now())
    session.add(mailbox)
    session.flush()
    epoch = Epoch(mailbox_id=mailbox.id or 0, folder="INBOX", uidvalidity=1, created_at=now())
    session.add(epoch)
    session.flush()
    row = Ledger(
        id=new_id(), epoch_id=epoch.id or 0, key="1", state=LedgerState.FILED, discovered_at=now(), tip_id=tip_id
    )
    key = vault.new_key(session)
    session.add(row)
    session.flush()
    session.add(RawMail(ledger_id=row.id, key_id=key.id, content=seal(key, raw, place(row.id))))
    message = session.scalars(select(Message).where(col(Message.tip_id) == tip_id)).one()
    message.ledger_id = row.id
    session.commit()
    bob = open_as(app, cast.bob)
    assert f'action="/desk/messages/{message.id}/original"' in bob.get(f"/desk/tips/{tip_id}").text
    answer = bob.post(f"/desk/messages/{message.id}/original")
    assert answer.data == raw and "attachment" in answer.headers["Content-Disposition"]
    assert answer.mimetype == "application/octet-stream", "not message/rfc822: some browsers open that"
    assert seen(database) == 1
    assert open_as(app, cast.carol).post(f"/desk/messages/{message.id}/original").status_code == 404
    assert open_as(app, cast.dave).post(f"/desk/messages/{message.id}/original").status_code == 403
    assert bob.get(f"/desk/messages/{message.id}/original").status_code == 405


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("IMG_2041.jpg", "IMG_2041.jpg"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\evil.exe", "evil.exe"),
        ('a"; filename="b.html', "a_; filename=_b.html"),
        ("a\r\nX-Header= 1.txt", "aX-Header= 1.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u200b\ufeff.htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("報告 書.pdf", "報告 書.pdf"),
    ],
)
def test_a_senders_name_is_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    "name",
    ['a"; filename="b.html', "a\r\nX: y", "\u202egpj.exe", "报告.pdf", "é à.doc", "%0d%0a.txt", "a;b.txt", "\x00"],
)
def test_the_header_holds_one_quoted_ascii_name_and_one_encoded(name: str) -> None:
    value = disposition(name)
    shape = r"attachment; filename=\"[A-Za-z0-9 ._()-]+\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+"
    assert re.fullmatch(shape, value), value


def test_an_ending_is_kept_where_the_rest_can_not_be_ascii() -> None:
    assert 'filename="file.pdf"' in disposition("报告.pdf")
