"""Slow, cut and hostile requests at the real server: nobody holds the pages, and no complete word is lost."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.fixtures_db import Cast
from tests.front import impatient_web
from tests.servers import ports
from tests.web.public.test_public import rows
from tests.web.reading import PHOTO, STORY, Page, open_callout
from tests.web.wire import Served, body_of, served
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.models import QuestionKind, StoredFile, Tip

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOST = f"Host: {ports.LOOPBACK}\r\n"


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


@pytest.fixture
def web(database: Database, view: CalloutView) -> Iterator[Served]:
    with served(database) as web:
        web.main = impatient_web.main
        web.start()
        yield web


def line(web: Served) -> socket.socket:
    return socket.create_connection((ports.LOOPBACK, web.port), timeout=20)


def answer(opened: socket.socket) -> str:
    """All that comes until the other end closes, or is silent."""
    got = b""
    opened.settimeout(3)
    try:
        while piece := opened.recv(65536):
            got += piece
            head, _, body = got.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if length and len(body) >= int(length[1]):
                break
    except (TimeoutError, ConnectionResetError):
        pass
    return got.decode("utf-8", "replace")


def ask(web: Served, request: str) -> str:
    with line(web) as opened:
        opened.sendall(request.encode("latin-1"))
        return answer(opened)


def quick(web: Served) -> bool:
    began = time.monotonic()
    return web.wire.get("/c/stranded").status_code == 200 and time.monotonic() - began < 5


def filled(web: Served, view: CalloutView) -> Page:
    page = web.page(view).get().fill(QuestionKind.LONG, STORY)
    page.typed["consent"] = "ask"
    return page


def head_of(address: str, kind: str, length: int) -> bytes:
    return f"POST {address} HTTP/1.1\r\n{HOST}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()


def test_many_who_send_a_head_slowly_do_not_stop_a_page_and_are_closed(web: Served) -> None:
    with ExitStack() as held:
        lines = [held.enter_context(line(web)) for _ in range(60)]
        for one in lines:
            one.sendall(b"GET /c/stranded HTTP/1.1\r\nX-Slow: ")
        assert quick(web)
        for one in lines:
            one.settimeout(10)
            with pytest.raises(ConnectionResetError):  # after impatient_web.HEAD seconds
                raise ConnectionResetError if not one.recv(10) else AssertionError


def test_many_uploads_that_stand_still_do_not_stop_a_page(web: Served, view: CalloutView) -> None:
    address, body, kind = body_of(filled(web, view), files=[(PHOTO, "a.jpg")])
    with ExitStack() as held:
        for _ in range(20):
            one = held.enter_context(line(web))
            one.sendall(head_of(address, kind, len(body)) + body[:200])
        assert quick(web)


def test_a_body_that_is_too_slow_is_answered_and_its_words_are_filed(
    web: Served, view: CalloutView, database: Database
) -> None:
    address, body, kind = body_of(filled(web, view), files=[(b"x" * 100_000, "a.txt")])
    with line(web) as one:
        one.sendall(head_of(address, kind, len(body)) + body[:-90_000])
        one.settimeout(20)
        assert one.recv(1000).startswith(b"HTTP/1.1 303")
    assert len(rows(database, Tip)) == 1 and not rows(database, StoredFile)


def test_a_body_that_is_cut_files_its_words(web: Served, view: CalloutView, database: Database) -> None:
    address, body, kind = body_of(filled(web, view), files=[(b"x" * 2_000_000, "a.txt")])
    web.wire.cut(address, body, kind, len(body) - 100)
    until = time.monotonic() + 10
    while not rows(database, Tip) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(rows(database, Tip)) == 1


def test_what_arrives_at_the_end_of_the_server_keeps_its_words(
    web: Served, view: CalloutView, database: Database
) -> None:
    address, body, kind = body_of(filled(web, view), files=[(b"x" * 400_000, "a.txt")])
    with line(web) as one:
        one.sendall(head_of(address, kind, len(body)) + body[:-1000])
        time.sleep(0.2)
        assert web.process is not None
        web.process.terminate()
        assert answer(one).startswith("HTTP/1.1 303")
        assert web.process.wait(20) == 0
    assert len(rows(database, Tip)) == 1


def test_a_large_file_comes_whole_through_the_sealed_buffer(web: Served, view: CalloutView, database: Database) -> None:
    address, body, kind = body_of(filled(web, view), files=[(b"0123456789" * 300_000, "a.txt")])
    assert web.wire.post(address, body, kind).status_code == 303
    assert [row.size for row in rows(database, StoredFile)] == [3_000_000]


def test_too_many_uploads_from_one_network_are_told_so(web: Served, view: CalloutView) -> None:
    address, body, kind = body_of(filled(web, view))
    with ExitStack() as held:
        for _ in range(impatient_web.MOST):
            one = held.enter_context(line(web))
            one.sendall(head_of(address, kind, len(body)) + body[:20])
        time.sleep(0.2)
        extra = f"POST {address} HTTP/1.1\r\n{HOST}Accept-Language: zh-TW\r\nContent-Length: 9\r\n\r\n"
        refused = ask(web, extra)
        assert refused.startswith("HTTP/1.1 429") and "什麼都沒有保存" in refused
        assert quick(web)


def test_one_more_upload_of_a_network_waits_for_one_before_it(web: Served, view: CalloutView) -> None:
    forms = [body_of(filled(web, view)) for _ in range(2)]
    address, body, kind = forms[0]
    with ExitStack() as held, line(web) as extra:
        lines = [held.enter_context(line(web)) for _ in range(impatient_web.MOST)]
        for one in lines:
            one.sendall(head_of(address, kind, len(body)) + body[:20])
        time.sleep(0.2)
        address, body, kind = forms[1]
        extra.sendall(head_of(address, kind, len(body)) + body)
        time.sleep(0.2)
        lines[0].close()
        assert answer(extra).startswith("HTTP/1.1 303")


ODD = [
    (f"GET http://{ports.LOOPBACK}/c/stranded HTTP/1.1\r\n{HOST}\r\n", 200),
    (f"HEAD /c/stranded HTTP/1.1\r\n{HOST}\r\n", 200),
    (f"GET /c/%00 HTTP/1.1\r\n{HOST}\r\n", 404),
    (f"GET /c/a\0b HTTP/1.1\r\n{HOST}\r\n", 400),
    (f"GET /c/{'a' * 9000} HTTP/1.1\r\n{HOST}\r\n", 414),
    (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
    (f"OPTIONS * HTTP/1.1\r\n{HOST}\r\n", 400),
    (f"POST /login HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n", 422),
]


def test_odd_requests_have_a_clear_status(web: Served) -> None:
    for request, status in ODD:
        assert ask(web, request).startswith(f"HTTP/1.1 {status}"), request[:60]
    assert quick(web)


def test_a_head_without_an_end_is_cut_off(web: Served) -> None:
    with line(web) as opened, pytest.raises(OSError):
        for _ in range(200):
            opened.sendall(b"X" * 10_000)
            time.sleep(0.01)
    assert quick(web)


def test_requests_sent_ahead_are_answered_in_turn(web: Served) -> None:
    one = f"GET /c/stranded HTTP/1.1\r\n{HOST}\r\n"
    last = f"GET /robots.txt HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n"
    with line(web) as opened:
        opened.sendall((one + one + last).encode())
        opened.settimeout(10)
        got = b"".join(iter(lambda: opened.recv(65536), b""))
    assert got.count(b"HTTP/1.1 200") == 3


def test_nothing_of_a_request_is_logged(web: Served) -> None:
    ask(web, f"GET /r/secret-token HTTP/1.1\r\n{HOST}X_Bad: 1\r\n\r\n")
    ask(web, "GET /r/secret-token HTTP/9.9\r\n\r\n")
    assert "secret" not in web.said and ports.LOOPBACK not in web.said
