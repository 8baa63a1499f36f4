"""How many form pages and form posts a second the web process serves, beside a bare Flask page and a bare insert.

`python -m tests.bench.public [--seconds 4]` prints ratios: absolute figures wander with the machine. All
four run under the same server (one process, threads), one after the other and twice over, asked by the same
few connections from a process of its own. Let a minute pass between two runs: ext4 takes long to make files where many
were deleted just before. The bare page sends as many bytes as ours; the bare insert reads the same
body and commits it, fsynced, to a table of one column.
"""

import argparse
import json
import multiprocessing
import os
import secrets
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, request

from tests.fixtures_db import KEY, make_cast
from tests.servers import ports
from tests.web.reading import STORY, Page, open_callout
from tests.web.wire import body_of, served
from tipline.config import Settings
from tipline.core.callouts import CalloutView
from tipline.db import Database, connect
from tipline.models import QuestionKind
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.server import WebServer
from tipline.storage import LocalFiles

CONNECTIONS = 8
AIM = 3.0


def bare(html_bytes: int, path: str) -> Flask:
    """The least that can be called a page and an insert."""
    app, html, own = Flask("bare"), "<!doctype html>" + "x" * (html_bytes - 15), threading.local()

    @app.get("/")
    def page() -> str:
        return html

    @app.post("/")
    def insert() -> str:
        if not hasattr(own, "connection"):
            own.connection = sqlite3.connect(path, timeout=60, isolation_level=None)
            own.connection.execute("PRAGMA journal_mode=WAL")
            own.connection.execute("PRAGMA synchronous=FULL")
        own.connection.execute("BEGIN IMMEDIATE")
        own.connection.execute("INSERT INTO told VALUES (?)", [request.form["told"]])
        own.connection.execute("COMMIT")
        return "ok"

    return app


def serve_bare(port: int, html_bytes: int, path: str) -> None:
    WebServer(Settings.model_validate({"web": {"port": port}}), lambda: bare(html_bytes, path)).run()


@contextmanager
def bare_server(folder: Path, html_bytes: int) -> Iterator[int]:
    port, path = ports.free(), str(folder / "bare.db")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE told (words TEXT)")
    code = f"from tests.bench.public import serve_bare; serve_bare({port}, {html_bytes}, {path!r})"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        ports.wait(process, port, 60)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(port: int, requests: "list[bytes]", seconds: float, out: "multiprocessing.Queue[dict[str, float]]") -> None:
    """Send the requests in turn on a few connections that stay open, and count the answers."""
    until, done, wrong = time.monotonic() + seconds, [0] * CONNECTIONS, [0] * CONNECTIONS

    def one(n: int) -> None:
        at, line = n, socket.create_connection((ports.LOOPBACK, port), timeout=60)
        reader = line.makefile("rb")
        while time.monotonic() < until and at < len(requests) * (1 if len(requests) > 1 else 10**9):
            line.sendall(requests[at % len(requests)])
            status, length, closes = reader.readline(), 0, False
            while (head := reader.readline()) not in (b"\r\n", b""):
                name, _, value = head.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                closes = closes or (name.lower() == b"connection" and value.strip().lower() == b"close")
            reader.read(length)
            done[n] += 1
            wrong[n] += status.split()[1] not in (b"200", b"303")
            at += CONNECTIONS
            if closes:
                line.close()
                line = socket.create_connection((ports.LOOPBACK, port), timeout=60)
                reader = line.makefile("rb")

    started = time.monotonic()
    threads = [threading.Thread(target=one, args=(n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put({"rate": sum(done) / (time.monotonic() - started), "wrong": sum(wrong)})


def rate(port: int, requests: "list[bytes]", seconds: float) -> float:
    """Answers a second."""
    out: multiprocessing.Queue[dict[str, float]] = multiprocessing.Queue()
    asker = multiprocessing.Process(target=ask, args=(port, requests, seconds, out))
    asker.start()
    found = out.get(timeout=seconds + 90)
    asker.join()
    if found["wrong"]:
        print(f"  {found['wrong']:.0f} answers were neither 200 nor 303")
    return found["rate"]


def get(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def post(port: int, path: str, body: bytes, kind: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    return f"{head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def newsroom(folder: Path) -> tuple[Database, CalloutView]:
    engine = connect(f"sqlite:///{folder / 'tipline.db'}")
    migrate(engine)
    database = Database(engine, Master(KEY), LocalFiles(folder / "files"))
    with database.writing() as session:
        cast = make_cast(session)
    return database, open_callout(database, cast)


def posts(port: int, page: Page, many: int) -> list[bytes]:
    """So many forms, each another reader's: the id is one page's, the words differ."""
    made = []
    for n in range(many):
        page.fill(QuestionKind.LONG, f"{STORY} {n} {secrets.token_hex(4)}")
        made.append(post(port, *body_of(page)))
    return made


def measure(seconds: float, rounds: int, folder: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"bare page": [], "form page": [], "bare insert": [], "form post": []}
    database, view = newsroom(folder)
    with served(database) as web:
        web.start()
        page = web.page(view).get()
        page.typed["consent"] = "ask"
        size = len(web.wire.get("/c/stranded").text.encode())
        with bare_server(folder, size) as port:
            insert = [post(port, "/", f"told={STORY * 4}".encode(), "application/x-www-form-urlencoded")]
            for _ in range(rounds):
                fresh = [web.page(view).get() for _ in range(40)]
                forms = []
                for one in fresh:
                    one.typed["consent"] = "ask"
                    forms += posts(web.port, one, max(1, int(seconds * 15)))
                secrets.SystemRandom().shuffle(forms)
                found["bare page"].append(rate(port, [get(port, "/")], seconds))
                found["form page"].append(rate(web.port, [get(web.port, "/c/stranded?lang=en")], seconds))
                found["bare insert"].append(rate(port, insert, seconds))
                found["form post"].append(rate(web.port, forms, seconds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(given.seconds, given.rounds, Path(folder))
    best = {name: statistics.median(rates) for name, rates in found.items()}
    for name, each in best.items():
        print(f"{name:12} {each:8.0f} a second")
    for ours, theirs in (("form page", "bare page"), ("form post", "bare insert")):
        print(f"{ours} costs {best[theirs] / best[ours]:.2f} x {theirs} (aim: at most {AIM:.0f} x)")
    if given.json:
        print(json.dumps(best))


if __name__ == "__main__":
    main()
