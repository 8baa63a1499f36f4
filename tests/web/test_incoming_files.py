"""Files on their way in: sealed while they come, gone with the request where nobody files them."""

import io
import secrets
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.fixtures_db import Cast
from tests.web.reading import PHOTO, STORY, Page, open_callout, story
from tipline import storage
from tipline.core import files
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.models import QuestionKind, StoredFile, Tip
from tipline.sealing.chunks import Readable
from tipline.storage import LocalFiles
from tipline.web import incoming_files

MB = 1024 * 1024
LARGE = b"CANARY " * 20_000


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


@pytest.fixture
def store(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files")


def in_pieces(content: bytes, size: int = 9_000) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def read(content: Readable) -> bytes:
    return b"".join(content.pieces())


def lying(store: LocalFiles) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"small", LARGE])
def test_a_file_is_the_same_behind_the_line_and_has_no_name_on_disk(store: LocalFiles, content: bytes) -> None:
    taken = incoming_files.take(store, in_pieces(content), len(content))
    assert taken.size == len(content) and read(taken) == content == read(taken)
    assert lying(store) == []


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_one_byte_more_than_the_limit_is_too_large_and_the_line_goes_on_behind_it(
    store: LocalFiles, content: bytes
) -> None:
    line = in_pieces(content + b"x" * 50_000)
    with pytest.raises(incoming_files.TooLarge):
        incoming_files.take(store, line, len(content) - 1)
    assert sum(map(len, line)) <= 50_000 and lying(store) == []


def test_the_lines_own_errors_come_through_and_the_disks_are_told_apart(
    store: LocalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut() -> Iterator[bytes]:
        yield LARGE
        raise OSError("the line")

    with pytest.raises(OSError, match="the line"):
        incoming_files.take(store, cut(), 10 * MB)
    monkeypatch.setattr(storage, "FREE_SPACE_FLOOR", 1 << 62)
    with pytest.raises(incoming_files.NoRoom):
        incoming_files.take(store, in_pieces(LARGE), 10 * MB)


def test_25_mb_pass_through_little_memory(store: LocalFiles) -> None:
    tracemalloc.start()
    try:
        taken = incoming_files.take(store, (bytes(64 * 1024) for _ in range(400)), 25 * MB)
        assert sum(map(len, taken.pieces())) == 25 * MB
        assert tracemalloc.get_traced_memory()[1] < 2 * MB
    finally:
        tracemalloc.stop()


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def test_large_files_go_from_the_line_through_a_draft_to_the_tip_and_nothing_else_is_left(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    large = [secrets.token_bytes(300_000), LARGE]
    page = Page(client, view).get().fill(QuestionKind.LONG, STORY)
    page.read(page.post(files=[(large[0], "a.bin")]))  # without consent it does not pass
    assert page.post(consent="ask", files=[(large[1], "b.bin")]).status_code == 303
    with database.reading() as session:
        found = {row.name: read(files.content(session, row)) for row in session.scalars(select(StoredFile))}
    assert found == {"a.bin": large[0], "b.bin": large[1]}
    on_disk = lying(database.files)
    assert len(on_disk) == 2 and not any(b"CANARY" in path.read_bytes() for path in on_disk)


def test_the_same_large_file_sent_again_is_one_and_another_of_its_name_and_size_is_another(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    for content in (LARGE, LARGE, LARGE[:-1] + b"x"):
        assert page.post(files=[(content, "a.bin")]).status_code == 303
    assert len(rows(database, Tip)) == 1 and len(rows(database, StoredFile)) == 2


def test_a_disk_that_takes_no_file_costs_neither_the_words_nor_a_small_file(
    client: FlaskClient, view: CalloutView, database: Database, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = story(client, view)
    monkeypatch.setattr(storage, "FREE_SPACE_FLOOR", 1 << 62)
    answer = page.post(files=[(LARGE, "large.bin"), (PHOTO, "a.jpg")])
    assert answer.status_code == 303
    assert "We did not receive one file" in client.get(answer.headers["Location"]).text
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg"]


def test_an_empty_field_for_files_is_no_file(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = story(client, view)
    answer = client.post(
        f"/c/{view.slug}",
        data={**page.typed, **page.hidden, page.name(QuestionKind.FILE): (io.BytesIO(b""), "")},
    )
    assert answer.status_code == 303 and rows(database, StoredFile) == []
