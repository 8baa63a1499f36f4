"""Sounds and videos on the desk: opened by POST and recorded, then played piece by piece, by nobody else."""

import io
import wave

import pytest
from flask import Flask
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.test_files import file_of, open_as, photo, seen
from tipline.db import Database
from tipline.models import Scan, StoredFile
from tipline.web.desk import player

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sound(seconds: float = 3) -> bytes:
    """A quiet recording, larger than what lies in a row."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"".join((n * 40 % 6000).to_bytes(2, "little") for n in range(int(16_000 * seconds))))
    return out.getvalue()


@pytest.fixture
def file(session: Session, cast: Cast) -> StoredFile:
    return file_of(session, cast.borders, "call.wav", sound(), "text/html")


def ticket(browser: Browser, file: StoredFile) -> str:
    answer = browser.post(f"/desk/files/{file.id}/play")
    assert answer.status_code == 303
    return str(answer.location).partition("?ticket=")[2]


def test_playing_is_recorded_once_and_the_player_is_of_the_type_that_the_bytes_say(
    app: Flask, cast: Cast, file: StoredFile, database: Database
) -> None:
    bob = open_as(app, cast.bob)
    assert f'action="/desk/files/{file.id}/play"' in bob.get(f"/desk/tips/{file.tip_id}").text
    assert seen(database) == 0
    place = bob.post(f"/desk/files/{file.id}/play").location
    page = bob.get(str(place)).text
    assert f'<audio controls preload="none" src="/desk/files/{file.id}/media?ticket=' in page
    whole = bob.get(f"/desk/files/{file.id}/media?ticket={str(place).partition('=')[2]}")
    assert (whole.status_code, whole.mimetype, whole.data) == (200, "audio/wav", sound())
    assert whole.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Cache-Control"] == "no-store"
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert seen(database) == 1


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-99", 0, 100),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=70000-", 70000, None),
        ("bytes=-10", -10, None),
        ("bytes=90000-99999999", 90000, None),
    ],
)
def test_a_player_gets_the_piece_that_it_asks_for(
    app: Flask, cast: Cast, file: StoredFile, asked: str, start: int, end: int | None
) -> None:
    bob, content = open_as(app, cast.bob), sound()
    address = f"/desk/files/{file.id}/media?ticket={ticket(bob, file)}"
    answer = bob.get(address, headers={"Range": asked})
    first, last, _ = slice(start, end).indices(len(content))
    assert answer.status_code == 206 and answer.data == content[start:end]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(content)}"
    assert answer.headers["Content-Length"] == str(last - first)


def test_a_piece_behind_the_end_is_none_and_a_broken_or_conditional_wish_gets_the_whole(
    app: Flask, cast: Cast, file: StoredFile
) -> None:
    bob = open_as(app, cast.bob)
    address = f"/desk/files/{file.id}/media?ticket={ticket(bob, file)}"
    behind = bob.get(address, headers={"Range": "bytes=9999999-"})
    assert behind.status_code == 416 and behind.headers["Content-Range"] == f"bytes */{len(sound())}"
    for headers in ({"Range": "pages=1-2"}, {"Range": "bytes=5-1"}, {"Range": "bytes=0-9", "If-Range": '"x"'}):
        assert bob.get(address, headers=headers).data == sound()
    assert bob.get(address, headers={"Range": "bytes=0-1,5-9"}).data == sound()


def test_a_ticket_is_for_one_person_one_file_and_an_hour(
    app: Flask, session: Session, cast: Cast, file: StoredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = file_of(session, cast.borders, "other.wav", sound(4))
    bob, alice = open_as(app, cast.bob), open_as(app, cast.alice)
    mine = ticket(bob, file)
    for who, what, shown in ((alice, file, mine), (bob, other, mine), (bob, file, ""), (bob, file, mine[:-1] + "!")):
        for door in ("player", "media"):
            assert who.get(f"/desk/files/{what.id}/{door}?ticket={shown}").status_code == 422
    assert open_as(app, cast.carol).get(f"/desk/files/{file.id}/media?ticket={mine}").status_code == 404
    assert open_as(app, cast.dave).get(f"/desk/files/{file.id}/media?ticket={mine}").status_code == 403
    stranger = app.test_client()
    assert stranger.get(f"/desk/files/{file.id}/media?ticket={mine}").status_code == 303
    monkeypatch.setattr(player, "PASS_SECONDS", -1)
    late = bob.get(f"/desk/files/{file.id}/player?ticket={mine}")
    assert late.status_code == 422 and "press Play again" in late.text


def test_what_browsers_do_not_play_and_what_a_scanner_found_has_no_player(
    app: Flask, session: Session, cast: Cast, file: StoredFile, database: Database
) -> None:
    picture = file_of(session, cast.borders, "a.wav", photo(), "audio/wav")
    file.scan, file.scan_found = Scan.INFECTED, "Eicar-Test"
    session.add(file)
    session.commit()
    bob = open_as(app, cast.bob)
    for one in (picture, file):
        assert f"/desk/files/{one.id}/play" not in bob.get(f"/desk/tips/{one.tip_id}").text
        assert bob.post(f"/desk/files/{one.id}/play").status_code == 422
    assert seen(database) == 0
    assert sign_in(app.test_client(), cast.dave).post(f"/desk/files/{file.id}/play").status_code == 403
