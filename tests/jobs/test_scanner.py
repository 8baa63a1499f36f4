"""What readers send goes through a real clamd after it was filed; what it says stands on the desk."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.servers.clamav import EICAR, FOUND, Clamav, binary
from tests.servers.missing import need
from tests.web.test_files import file_of, open_as, photo, seen
from tipline import doctor
from tipline.config import Scanner
from tipline.core.files import scans
from tipline.db import Database, now
from tipline.jobs.scanner import Clamd, ScannerAway, Scanning, ScanResult
from tipline.models import Event, Scan, StoredFile, Verb
from tipline.sealing.chunks import Plain

TWO_MB = 2 * 1024 * 1024


@pytest.fixture(scope="module")
def clamav() -> Iterator[Clamav]:
    need("ClamAV (clamav-daemon)", binary())
    with Clamav(largest_mb=2) as server:
        yield server


def scan(database: Database, address: str) -> None:
    scanning = Scanning(database, Clamd(address))
    while scanning.run():
        pass


def said(database: Database) -> dict[str, tuple[Scan, str]]:
    with database.reading() as session:
        return {row.name: (row.scan, row.scan_found) for row in session.scalars(select(StoredFile))}


def test_clamd_tells_what_it_found_and_what_it_could_not_look_at(clamav: Clamav) -> None:
    clamd = Clamd(clamav.address)
    assert clamd.version().startswith("ClamAV ")
    assert clamd.scan(Plain(EICAR)) == ScanResult(Scan.INFECTED, FOUND)
    assert clamd.scan(Plain(b"")) == clamd.scan(Plain(photo())) == ScanResult(Scan.CLEAN)
    assert clamd.scan(Plain(bytes(TWO_MB + 1))) == ScanResult(Scan.FAILED)


def test_files_are_scanned_once_they_are_filed_and_a_find_is_an_event(
    clamav: Clamav, session: Session, cast: Cast, database: Database
) -> None:
    for name, content in (("photo.jpg", photo()), ("virus.jpg", EICAR), ("long.bin", bytes(TWO_MB + 1))):
        file_of(session, cast.borders, name, content)
    scan(database, clamav.address)
    assert said(database) == {
        "photo.jpg": (Scan.CLEAN, ""), "virus.jpg": (Scan.INFECTED, FOUND), "long.bin": (Scan.FAILED, ""),
    }  # fmt: skip
    scan(database, clamav.address)
    with database.reading() as later:
        event = later.scalars(select(Event).where(col(Event.verb) == Verb.SCANNED)).one()
        assert event.after == Scan.INFECTED


def test_while_clamd_is_away_files_wait_and_later_they_are_scanned(
    clamav: Clamav, session: Session, cast: Cast, database: Database
) -> None:
    file_of(session, cast.borders, "virus.jpg", EICAR)
    scanning = Scanning(database, Clamd(clamav.address))
    clamav.stop()
    try:
        with pytest.raises(ScannerAway):
            scanning.run()
        assert said(database) == {"virus.jpg": (Scan.NOT_SCANNED, "")}
        assert not doctor.scanner(clamav.address).well
    finally:
        clamav.start()
    assert scanning.run() and said(database) == {"virus.jpg": (Scan.INFECTED, FOUND)}
    assert doctor.scanner(clamav.address).well and doctor.scanner("").well


def test_what_could_not_be_scanned_is_tried_again_for_a_day(session: Session, cast: Cast, database: Database) -> None:
    file = file_of(session, cast.borders, "a.jpg", photo())
    scans.record(session, file.id, Scan.FAILED)
    session.commit()

    def due(scanned: timedelta, came: timedelta) -> bool:
        at = now()
        session.execute(update(StoredFile).values(scanned_at=at - scanned, created_at=at - came))
        found = scans.due(session, 0, 5) == [file.id]
        session.commit()
        return found

    assert not due(timedelta(minutes=5), timedelta(minutes=5))
    assert due(timedelta(hours=2), timedelta(hours=3))
    assert not due(timedelta(hours=2), timedelta(days=2))


def test_a_file_whose_bytes_are_gone_or_can_not_be_read_does_not_stop_the_others(
    clamav: Clamav, session: Session, cast: Cast, database: Database
) -> None:
    lost, broken = (file_of(session, cast.borders, f"{name}.bin", bytes(100_000)) for name in ("lost", "broken"))
    file_of(session, cast.borders, "there.jpg", photo())
    for file in (lost, broken):
        database.files.remove(file.stored_as or "")
    name = broken.stored_as or ""
    (database.files.root / name[:2] / name).mkdir()
    scan(database, clamav.address)
    failed = (Scan.FAILED, "")
    assert said(database) == {"lost.bin": failed, "broken.bin": failed, "there.jpg": (Scan.CLEAN, "")}


def test_a_daemon_that_hangs_up_in_a_file_is_away_where_it_answers_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            for _ in range(2):
                server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(ScannerAway):
            Clamd(f"127.0.0.1:{server.getsockname()[1]}").scan(Plain(bytes(1_000_000)))
        thread.join()


@pytest.mark.parametrize("error", [OSError("no route to host"), BrokenPipeError(), TimeoutError()])
def test_trouble_of_the_connection_is_the_daemons_not_the_files(
    error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    with socket.create_server(("127.0.0.1", 0)) as server:
        clamd = Clamd(f"127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setattr(socket.socket, "sendall", fail)
        monkeypatch.setattr("tipline.jobs.scanner.SECONDS", 0.2)
        for ask in (clamd.version, lambda: clamd.scan(Plain(b"x"))):
            with pytest.raises(ScannerAway):
                ask()


def test_the_desk_says_what_was_found_and_asks_before_it_hands_it_out(
    clamav: Clamav, app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    file = file_of(session, cast.borders, "virus.jpg", EICAR)
    bob = open_as(app, cast.bob)
    assert "Not scanned: no scanner is set up." in bob.get(f"/desk/tips/{file.tip_id}").text
    was = app.extensions["tipline"]
    scanner = {"scanner": Scanner(clamd=clamav.address)}
    app.extensions["tipline"] = type(was)(was.settings.model_copy(update=scanner), was.database)
    assert "not scanned yet" in bob.get(f"/desk/tips/{file.tip_id}").text
    scan(database, clamav.address)
    page = bob.get(f"/desk/tips/{file.tip_id}").text
    assert f"found: {FOUND}" in page and "no scanner is set up" not in page
    asks = bob.post(f"/desk/files/{file.id}")
    assert asks.status_code == 409 and FOUND in asks.text and EICAR not in asks.data and seen(database) == 0
    answer = bob.post(f"/desk/files/{file.id}", data={"sure": "yes"})
    assert answer.data == EICAR and seen(database) == 1
    assert open_as(app, cast.carol).post(f"/desk/files/{file.id}").status_code == 404


@pytest.mark.parametrize("value", ["clamd.ctl", "host", "host:0", "host:99999", ":3310"])
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="socket"):
        Scanner(clamd=value)


def test_where_clamd_may_be(tmp_path: Path) -> None:
    for value in ("", "/run/clamav/clamd.ctl", "clamav:3310", "[::1]:3310"):
        assert Scanner(clamd=value).clamd == value
    with pytest.raises(ScannerAway):
        Clamd(str(tmp_path / "nothing")).version()
