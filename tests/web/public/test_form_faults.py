"""A form's faults at the real web process: pressed fifty times, cut, killed, locked out, without room."""

import html
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from tests.filing import file_all
from tests.fixtures_db import KEY, Cast, make_cast
from tests.trouble import locked
from tests.web.reading import PHOTO, STORY, Page, code_of, link_of, open_callout
from tests.web.wire import Answer, Served, body_of, served
from tipline.core.callouts import CalloutView
from tipline.db import Database, connect
from tipline.models import Message, QuestionKind, StoredFile, Tip
from tipline.sealing import Master
from tipline.spool import Spool
from tipline.storage import LocalFiles

FILES = [(PHOTO, "a.jpg"), (PHOTO * 300, "b.jpg")]


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


@pytest.fixture
def web(database: Database, view: CalloutView) -> Iterator[Served]:
    """Not started yet: each test says how."""
    with served(database) as web:
        yield web


def story(web: Served, view: CalloutView) -> Page:
    page = web.page(view).get().fill(QuestionKind.LONG, STORY)
    page.typed["consent"] = "ask"
    return page


def count(database: Database) -> tuple[int, int, int]:
    """Tips, messages, files."""
    with database.reading() as session:
        tips, messages, files = (
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Tip, Message, StoredFile)
        )
    return tips, messages, files


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def in_threads(work: Callable[[], Any], many: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for _ in range(many)]
    for thread in threads:
        thread.start()
    return threads


def test_pressed_fifty_times_at_once_it_is_one_tip_and_one_code(
    web: Served, view: CalloutView, database: Database
) -> None:
    web.start()
    page, places = story(web, view), list[str]()

    def press() -> None:
        mine = Page(page.client, view, hidden=page.hidden, typed=page.typed)
        places.append(mine.post(files=FILES).headers["Location"])

    for thread in in_threads(press, 50):
        thread.join()
    file_all(database)  # whoever waited too long for the others
    assert len(places) == 50 and len({code_of(web.wire.get(place)) for place in places}) == 1  # type: ignore[arg-type]
    assert count(database) == (1, 1, 2)


def places_to_cut(body: bytes) -> dict[str, int]:
    mark, first, second = (body.index(part) for part in (b'name="words_end"', b'filename="a.jpg"', b'filename="b.jpg"'))
    return {
        "in the words": mark - 30,
        "in the mark": mark + 5,
        "before the first file": first - 10,
        "in the first file": first + 200,
        "in the second file's head": second + 5,
        "in the second file": second + 50_000,
        "before the end": len(body) - 5,
    }


def test_cut_at_any_place_it_costs_no_words_that_were_complete_and_sent_again_it_is_whole_and_one(
    web: Served, view: CalloutView, database: Database
) -> None:
    web.start()
    for n, where in enumerate(places_to_cut(body_of(story(web, view), files=FILES)[1])):
        page = story(web, view).fill(QuestionKind.LONG, f"{STORY} {n}")
        address, body, kind = body_of(page, files=FILES)
        web.wire.cut(address, body, kind, places_to_cut(body)[where])
        if where not in ("in the words", "in the mark"):
            until(lambda n=n: count(database)[0] == n + 1)  # type: ignore[misc]
        receipt = web.wire.get(page.post(files=FILES).headers["Location"])
        assert "2 files" in receipt.text, where
        assert count(database) == (n + 1, n + 1, 2 * n + 2), where


POINTS: list[dict[str, Any]] = [
    {"before": 1},  # nothing is safe yet
    {"after": 1},  # the words are
    {"after": 2},  # and the first file
    {"before": 3},  # the second one lies in the store, not in the database
    {"at": "receipt"},
]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_killed_at_any_point_nothing_is_lost_and_the_next_press_makes_it_whole(
    web: Served, view: CalloutView, database: Database, point: dict[str, Any]
) -> None:
    web.start(**point)
    page = story(web, view)
    with pytest.raises((OSError, HTTPException)):
        page.post(files=FILES)
    web.ended()
    assert count(database)[0] == (0 if point == {"before": 1} else 1)
    web.start()
    receipt: Any = web.wire.get(page.post(files=FILES).headers["Location"])
    assert count(database) == (1, 1, 2) and "2 files" in receipt.text
    assert STORY in web.wire.get(link_of(receipt)).text


def test_killed_behind_the_spool_the_story_is_there_and_sent_again_it_is_one(
    web: Served, view: CalloutView, database: Database
) -> None:
    web.start(at="spooled", patience=0.2)
    page = story(web, view)
    with locked(database):
        with pytest.raises((OSError, HTTPException)):
            page.post(files=FILES)
        web.ended()
        assert Spool.of(database).standing().waiting == 1
        web.start(patience=0.2)
        first: Any = web.wire.get(page.post(files=FILES).headers["Location"])
        assert STORY in web.wire.get(link_of(first)).text
    second: Any = web.wire.get(page.post(files=FILES).headers["Location"])
    file_all(database)
    assert code_of(first) == code_of(second) and count(database) == (1, 1, 2)


def test_killed_behind_the_spool_what_was_added_is_there_and_sent_again_it_is_one(
    web: Served, view: CalloutView, database: Database
) -> None:
    web.start(at="spooled", patience=0.2)
    receipt: Any = web.wire.get(story(web, view).post().headers["Location"])
    page: Any = web.wire.get(link_of(receipt))
    said = {
        "text": "One thing more.",
        "once": html.unescape(re.findall(r'name="once"[^>]*value="([^"]+)"', page.text)[0]),
    }
    with locked(database):
        with pytest.raises((OSError, HTTPException)):
            web.wire.post(f"{link_of(receipt)}/add", said)
        web.ended()
        web.start(patience=0.2)
        assert "One thing more." in web.wire.get(link_of(receipt)).text
        assert web.wire.post(f"{link_of(receipt)}/add", said).status_code == 303
    file_all(database)
    assert count(database) == (1, 2, 0)


@pytest.mark.parametrize("at", ["spooled", "receipt"])
def test_killed_among_many_the_story_is_there_and_sent_again_it_is_one(
    web: Served, view: CalloutView, database: Database, at: str
) -> None:
    web.start(crowded=True, at=at)
    page = story(web, view)
    with pytest.raises((OSError, HTTPException)):
        page.post(files=FILES)
    web.ended()
    assert Spool.of(database).standing().waiting == 1 and count(database) == (0, 0, 0)
    web.start(crowded=True)
    receipt: Any = web.wire.get(page.post(files=FILES).headers["Location"])
    assert "2 files" in receipt.text and STORY in web.wire.get(link_of(receipt)).text
    file_all(database)
    assert count(database) == (1, 1, 2)


def test_many_at_once_are_all_taken_and_each_is_filed_once(web: Served, view: CalloutView, database: Database) -> None:
    web.start()
    pages, places = [story(web, view).fill(QuestionKind.LONG, f"{STORY} {n}") for n in range(24)], list[str]()
    numbers = iter(range(24))

    def send() -> None:
        for n in numbers:
            places.append(pages[n].post(files=[FILES[0]]).headers["Location"])

    for thread in in_threads(send, 8):
        thread.join()
    assert len({code_of(web.wire.get(place)) for place in places}) == 24  # type: ignore[arg-type]
    file_all(database)
    assert count(database) == (24, 24, 24)


def test_a_locked_database_does_not_take_the_threads_down(web: Served, view: CalloutView, database: Database) -> None:
    web.start(patience=4)
    page, receipts = story(web, view), list[Answer]()
    numbers = iter(range(100))

    def send() -> None:
        mine = Page(page.client, view, hidden=page.hidden, typed=dict(page.typed))
        answer: Any = mine.fill(QuestionKind.LONG, f"{STORY} {next(numbers)}").post(files=FILES)
        receipts.append(answer)

    with locked(database):
        threads = in_threads(send, 8)  # as many as the server has
        time.sleep(0.5)
        assert web.wire.get("/c/stranded").status_code == 200
        assert any(thread.is_alive() for thread in threads), "the page waited as long as the posts did"
        for thread in threads:
            thread.join()
        assert [answer.status_code for answer in receipts] == [303] * 8
        codes = {code_of(web.wire.get(answer.headers["Location"])) for answer in receipts}  # type: ignore[arg-type]
        assert len(codes) == 8 and count(database) == (0, 0, 0)
    file_all(database)
    assert count(database) == (8, 8, 16)


def test_a_clock_ten_years_ahead_and_back_again_costs_no_story_and_no_code(
    web: Served, view: CalloutView, database: Database
) -> None:
    web.start()
    before = story(web, view)
    web.kill()
    web.start(ahead=3650)
    ahead = story(web, view).fill(QuestionKind.LONG, "Written in the future")
    first: Any = web.wire.get(before.post(files=FILES).headers["Location"])
    place = ahead.post(files=FILES).headers["Location"]
    web.kill()
    web.start()
    second: Any = web.wire.get(place)  # the receipt was signed ten years from now
    again: Any = web.wire.get(before.post(files=FILES).headers["Location"])
    assert code_of(first) == code_of(again) != code_of(second)
    assert count(database) == (2, 2, 4)
    late = story(web, view).fill(QuestionKind.LONG, "And after that")
    late.hidden["sid"] = ahead.hidden["sid"]
    assert late.post().status_code == 303
    with database.reading() as session:
        assert session.scalars(select(col(Tip.spam_score)).order_by(col(Tip.id))).all()[-1] == 0


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 66 MB: two above the floor that tipline keeps free."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=66M", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting a small tmpfs needs root, and a container that allows it")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_on_a_full_disk_the_words_come_back_and_once_there_is_room_they_are_taken(
    tmp_path: Path, sqlite_template: bytes
) -> None:
    with small_disk(tmp_path):
        (tmp_path / "tipline.db").write_bytes(sqlite_template)
        engine = connect(f"sqlite:///{tmp_path / 'tipline.db'}")
        database = Database(engine, Master(KEY), LocalFiles(tmp_path / "files"))
        with database.writing() as session:
            cast = make_cast(session)
        view = open_callout(database, cast)
        with served(database) as web:
            web.start()
            page = story(web, view)
            _fill(tmp_path / "ballast")
            answer: Any = page.post(files=FILES)
            assert answer.status_code == 503, web.desk.change_notices
            assert STORY in answer.text and "s@meridian.example" in answer.text
            assert count(database) == (0, 0, 0) and Spool.of(database).standing().waiting == 0
            (tmp_path / "ballast").unlink()
            page.read(answer)
            receipt: Any = web.wire.get(page.post(files=[FILES[0]]).headers["Location"])
            assert "with one file" in receipt.text and count(database) == (1, 1, 1)
        engine.dispose()


def _fill(path: Path) -> None:
    """Write until nothing more goes in."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
