"""Words inside files: read by a process of their own, found by search, and no file stops the next."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session

from tests import documents
from tests.core.search.test_search import found
from tests.documents import docx, odt, pdf, zipped
from tests.fixtures_db import Cast
from tests.sandbox.test_pictures import photo
from tests.web.test_files import file_of, open_as
from tipline.core import search
from tipline.core.file_types import sniff
from tipline.core.retention import erasure
from tipline.db import Database
from tipline.jobs import text_extraction, text_extractor
from tipline.jobs.text_extraction import Reading
from tipline.models import Extraction, FileText, StoredFile, Tip
from tipline.sandbox import Sandbox
from tipline.sealing.chunks import Plain

MAIL = (
    "From: Mei <mei@example.org>\nSubject: =?utf-8?b?562+6K+B?=\nDate: Tue, 22 Jun 2021 06:00 +0000\n"
    "Content-Type: text/plain; charset=utf-8\n\nThe consulate answered.\n"
)


def words(content: bytes) -> str:
    answer = text_extractor.answer(content, sniff(content))
    assert answer[:1] == text_extractor.DONE, answer[:1]
    return answer[1:].decode()


def became(content: bytes) -> bytes:
    return text_extractor.answer(content, sniff(content))[:1]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf("A letter about 深圳⼝岸 and a café"), ["letter", "深圳口岸", "café"]),  # a Kangxi radical
        (pdf("Only the owner may change this", password=""), ["owner"]),
        (docx("<w:p><w:r><w:t>Sepa</w:t></w:r><w:r><w:t>rated</w:t></w:r></w:p><w:p><w:r><w:t>签证</w:t></w:r></w:p>"
              "<w:p><w:r><w:delText>deleted</w:delText></w:r></w:p>"), ["Separated\n签证"]),
        (docx("", word__footnotes_xml=f"<w:x {documents.W}><w:t>A footnote</w:t></w:x>"), ["A footnote"]),
        (odt("<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:h>Head</text:h>"
             "<text:p>Two<text:s/>words</text:p>"), ["Head\n", "Two\nwords"]),
        ("Grüße aus 上海".encode(), ["Grüße aus 上海"]),
        ("签证在上海被取消了，我们回不去了。".encode("gb18030"), ["签证在上海被取消了"]),
        (b"<html><body><p>A page</p><script>alert(1)</script></body>", ["A page"]),
        (MAIL.encode(), ["签证", "The consulate answered."]),
    ],
    # Not the bytes: an archive holds the second at which it was made, and each worker must know the same tests.
    ids=["pdf", "pdf without password", "docx", "footnotes", "odt", "utf-8", "gb18030", "html", "mail"],
)  # fmt: skip
def test_words_are_read_from_each_kind_of_text(content: bytes, expected: list[str]) -> None:
    read = words(content)
    assert all(one in read for one in expected), read
    assert not any(hidden in read for hidden in ("alert", "deleted", "gone", "mei@example.org"))


def test_a_pdf_that_anybody_may_open_is_read_and_a_locked_one_is_not() -> None:
    assert "change" in words(documents.locked(pdf("Nobody may change this"), ""))
    assert became(pdf("secret", password="1234")) == text_extractor.FAILED


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"%PDF-1.7 and nothing more", text_extractor.FAILED),
        (pdf("cut in two")[:200], text_extractor.FAILED),
        (pdf(" "), text_extractor.NOTHING),
        (docx("<w:p>")[:100], text_extractor.NOTHING),
        (docx("<w:t>never closed"), text_extractor.FAILED),
        (zipped(word__document_xml='<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), text_extractor.FAILED),
        (zipped(a="only an archive"), text_extractor.NOTHING),
        (b"letters, then none " * 120 + bytes(range(1, 9)) * 500, text_extractor.NOTHING),
        (b"", text_extractor.NOTHING),
    ],
    ids=["no pdf", "cut pdf", "bare pdf", "cut docx", "open docx", "doctype", "archive", "binary", "empty"],
)
def test_what_can_not_be_read_is_said_and_never_raises(content: bytes, outcome: bytes) -> None:
    assert became(content) == outcome


def test_a_file_under_a_wrong_name_is_read_as_what_it_is_or_not_at_all() -> None:
    for kind in ("application/pdf", "application/zip", "text/html", "text/plain"):
        for content in (photo(), pdf("x"), docx(""), b"\0" * 5000, MAIL.encode()):
            assert text_extractor.answer(content, kind)[:1] in (
                text_extractor.DONE,
                text_extractor.NOTHING,
                text_extractor.FAILED,
            )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox("tipline.jobs.text_extractor", 8)
    yield made
    made.close()


def test_bombs_are_left_soon_and_the_next_file_is_read(sandbox: Sandbox) -> None:
    begun = time.monotonic()
    for bomb in (documents.docx_bomb(), documents.pdf_bomb()):
        assert len(bomb) < 500_000
        assert (sandbox.ask(Plain(bomb), sniff(bomb)) or text_extractor.FAILED)[:1] in (
            text_extractor.FAILED,
            text_extractor.NOTHING,
        )
    assert time.monotonic() - begun < 30
    assert sandbox.ask(Plain(b"good words"), "text/plain") == text_extractor.DONE + b"good words"


def test_the_process_reaches_no_network_starts_no_program_and_writes_no_file(tmp_path: Path) -> None:
    tried = """
import socket, subprocess, sys
from tipline.child_process import shut_in
def refused(what):
    try: what()
    except OSError: return True
def write():
    with open(sys.argv[1], "w") as file: file.write("x")
shut_in()
def connect(): socket.create_connection(("127.0.0.1", 9))
print(refused(connect), refused(lambda: subprocess.run(["true"])), refused(write))
"""
    done = subprocess.run(
        [sys.executable, "-c", tried, str(tmp_path / "x")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "True"]


def read(database: Database) -> None:
    reading = Reading.of(database)
    while reading.run():
        pass
    reading.sandbox.close()


def test_words_in_files_are_found_and_kept_sealed(session: Session, cast: Cast, database: Database) -> None:
    letter = file_of(session, cast.borders, "letter.pdf", pdf("The 護照 was canarybird"))
    picture = file_of(session, cast.borders, "photo.jpg", photo())
    broken = file_of(session, cast.borders, "locked.pdf", pdf("secret", password="1234"))
    assert picture.extraction is Extraction.NOTHING
    assert found(session, "canarybird") == []
    session.commit()
    read(database)
    session.expire_all()
    assert found(session, "canarybird") == found(session, "护照") == [letter.tip_id]
    kept = session.scalars(select(FileText)).one()
    assert b"canarybird" not in kept.text and kept.file_id == letter.id
    states = {file.name: file.extraction for file in session.scalars(select(StoredFile))}
    assert states == {
        "letter.pdf": Extraction.DONE, "photo.jpg": Extraction.NOTHING, "locked.pdf": Extraction.FAILED
    }  # fmt: skip
    assert broken.extraction is Extraction.FAILED

    tip = session.get_one(Tip, letter.tip_id)
    tip.restricted = True
    search.put(session, letter.tip_id)
    assert found(session, "canarybird") == []
    tip.restricted = False
    search.put(session, letter.tip_id)
    assert found(session, "canarybird") == [letter.tip_id]
    erasure.erase(session, letter.tip_id, cast.alice)
    assert session.scalars(select(FileText)).all() == [] and found(session, "canarybird") == []


def test_a_file_whose_bytes_are_gone_does_not_stop_the_others(
    session: Session, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = file_of(session, cast.borders, "lost.txt", b"lost words " * 10_000)
    closed = file_of(session, cast.borders, "closed.txt", b"closed words " * 10_000)
    large = file_of(session, cast.borders, "large.txt", b"large words " * 20_000)
    there = file_of(session, cast.borders, "there.txt", b"there")
    database.files.remove(lost.stored_as or "")
    path = database.files._path(closed.stored_as or "")
    path.unlink()
    path.mkdir()  # as where the disk does not give it: EISDIR is as little FileNotFoundError as EIO is
    monkeypatch.setattr("tipline.core.search.text_extraction.MAX_BYTES", 200_000)
    session.commit()
    read(database)
    session.expire_all()
    assert lost.extraction is closed.extraction is large.extraction is Extraction.FAILED
    assert there.extraction is Extraction.DONE and found(session, "there") == [there.tip_id]
    assert text_extraction.SECONDS > text_extractor.SECONDS


def test_the_desk_says_whether_the_words_of_a_file_are_searched(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    file = file_of(session, cast.borders, "locked.pdf", pdf("secret", password="1234"))
    browser = open_as(app, cast.bob)
    assert "not searched yet" in browser.get(f"/desk/tips/{file.tip_id}").text
    read(database)
    assert "Words inside not searchable" in browser.get(f"/desk/tips/{file.tip_id}").text
