"""A campaign of ten thousand posts in five minutes, from ever new addresses, and the readers who write meanwhile.

`python -m tests.bench.flood [--posts 10000] [--minutes 5] [--readers 8]`: the real web process behind one trusted proxy
with the limits as they come. A program sends one template with other numbers, each post from another forwarded address
(and a forged one before it); most of it drops what is held back, some waits, some calculates. Beside it readers load
the page, write for a while and send, some of them without a script. Ends with 1 where a reader did not get through or
was filed as spam, or anything that was accepted is not on the desk.
"""

import argparse
import hashlib
import multiprocessing
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import col

from tests.bench.public import newsroom
from tests.filing import file_all
from tests.web.reading import Page
from tests.web.wire import Answer, Served, Wire, served
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.models import Message, QuestionKind, Status, Tip
from tipline.spool import Spool
from tipline.web.public.proof_of_work import BITS, WAIT

SENDERS = 24  # connections of the campaign at once
PAGES = 5  # posts from one page that the campaign loaded
DROPS, WAITS = 0.9, 0.97  # of the campaign: so much drops what is held, up to here it waits, the rest calculates
TEMPLATE = (
    "Dear editors, number {0} of our members writes to you today: the new clinic in the harbour offers every treatment "
    "at half the price. Call {1} before the end of the week and name the word ORCHID. https://c{2}.example/offer"
)
PARTS = (
    ("My mother", "My brother", "Our neighbour", "The driver of our bus", "My wife", "A colleague", "Our youngest son"),
    ("has been waiting", "was turned away", "fell ill", "lost the permit", "sleeps in the station", "was questioned"),
    ("at the northern crossing", "in the old port", "behind the river", "near the market", "at the airport hotel"),
    ("since the first week of January", "for eleven days", "since the school closed", "since the new rule came"),
    ("and nobody answers the phone", "and the money is gone", "and we hear nothing", "while the papers run out"),
)


class Line(Wire):
    """A browser that the proxy saw at an address; what stands before it in the header is made up."""

    def __init__(self, port: int, address: str) -> None:
        super().__init__(port)
        self.forwarded = f"203.0.113.{random.randrange(256)}, {address}"
        self.seconds = 0.0  # of the last request

    def _ask(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        began = time.monotonic()
        try:
            return super()._ask(method, address, body, headers | {"X-Forwarded-For": self.forwarded})
        finally:
            self.seconds = time.monotonic() - began


def page_of(line: Line, view: CalloutView) -> Page:
    page = Page(cast(FlaskClient, line), view).get()
    page.typed["consent"] = "ask"
    return page


def solved(page: Page, asked: Any) -> None:
    """Fill in what a browser's script would find."""
    shown = re.search(r'id="work" data-id="([^"]+)"', asked.text)
    assert shown is not None
    for n in count():
        digest = hashlib.sha256(f"{shown[1]}:{n}".encode()).digest()
        if int.from_bytes(digest[:4], "big") >> (32 - BITS) == 0:
            page.hidden["work"] = str(n)
            return


def anywhere(dice: random.Random) -> str:
    return ".".join(str(dice.randrange(1, 255)) for _ in range(4))


def campaign(
    port: int, view: CalloutView, posts: int, seconds: float, out: "multiprocessing.Queue[Counter[str]]"
) -> None:
    """Send so many posts, evenly over the time, and count what becomes of them."""
    numbers, done, began, late = count(), Counter[str](), time.monotonic(), threading.Semaphore(400)

    def one(n: int, page: Page, dice: random.Random) -> None:
        page.client = cast(FlaskClient, Line(port, anywhere(dice)))
        page.fill(QuestionKind.LONG, TEMPLATE.format(n, dice.randrange(10**6), dice.randrange(40)))
        answer = page.post()
        if answer.status_code != 429 or 'id="work"' not in answer.text:
            done["taken at once" if answer.status_code == 303 else f"answered {answer.status_code}"] += 1
            return
        done["held back"] += 1
        way = dice.random()
        if way < DROPS:
            return
        page.read(answer)
        if way < WAITS:
            time.sleep(WAIT.total_seconds() + 1)
        else:
            solved(page, answer)
        done["paid for, taken" if page.post().status_code == 303 else "paid for, held again"] += 1

    def paying(n: int, page: Page, dice: random.Random) -> None:
        with late:
            one(n, page, dice)

    def sender(seed: int) -> None:
        dice, page, used, waiting = random.Random(seed), None, 0, list[threading.Thread]()
        while (n := next(numbers)) < posts:
            time.sleep(max(0.0, began + n * seconds / posts - time.monotonic()))
            if page is None or used % PAGES == 0:
                page = page_of(Line(port, anywhere(dice)), view)
            used += 1
            copy = Page(page.client, view, hidden=dict(page.hidden), typed=dict(page.typed))
            waiting.append(threading.Thread(target=paying, args=(n, copy, random.Random(dice.random()))))
            waiting[-1].start()
            waiting[-1].join(0.5)  # whoever waits does so beside the others
        for thread in waiting:
            thread.join()

    threads = [threading.Thread(target=sender, args=(seed,)) for seed in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put(done)


@dataclass
class Readers:
    """People who load the page, write, send, and do what the page tells them to."""

    port: int
    view: CalloutView
    told: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)
    loads: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)

    def write(self, until: float, dice: random.Random, think: tuple[float, float]) -> None:
        while time.monotonic() < until:
            line = Line(self.port, anywhere(dice))
            page = page_of(line, self.view)
            self.loads.append(line.seconds)
            time.sleep(dice.uniform(*think))
            told = f"{' '.join(dice.choice(part) for part in PARTS)}. {dice.getrandbits(40):x}"
            answer = page.fill(QuestionKind.LONG, told).post()
            self.sends.append(line.seconds)
            self._go_on(page, answer, told, line, script=dice.random() < 0.6)

    def _go_on(self, page: Page, answer: Any, told: str, line: Line, *, script: bool) -> None:
        way = "at once"
        if answer.status_code == 429:
            assert told in answer.text, "the reader's words came back"
            page.read(answer)
            if script:
                way = "by a calculation"
                solved(page, answer)
            else:
                way = "after a wait"
                time.sleep(int(answer.headers["Retry-After"]))
            answer = page.post()
            self.sends.append(line.seconds)
        if answer.status_code == 303:
            self.told.append(told)
            self.ways[way] += 1
        else:
            self.failed.append(f"{way}: {answer.status_code}")

    def all(self, many: int, seconds: float, think: tuple[float, float], seed: int) -> "Readers":
        until = time.monotonic() + seconds
        dice = [random.Random(seed + n) for n in range(many)]
        threads = [threading.Thread(target=self.write, args=(until, one, think)) for one in dice]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self


def middle_and_slow(times: list[float]) -> tuple[float, float]:
    cut = statistics.quantiles(times, n=20)
    return statistics.median(times) * 1000, cut[18] * 1000


def compare(quiet: Readers, busy: Readers) -> None:
    for name in ("loads", "sends"):
        (half, slow), (half_then, slow_then) = (middle_and_slow(getattr(who, name)) for who in (quiet, busy))
        print(
            f"  a reader's {name[:-1]}: {half:.0f} ms (95 %: {slow:.0f}) when quiet, "
            f"{half_then:.0f} ms ({slow_then:.0f}) in the flood: {half_then / half:.1f} x, {slow_then / slow:.1f} x"
        )


def filed(database: Database, told: list[str] | None = None) -> Counter[str]:
    """How many tips stand as what: those of the campaign, or those that tell these stories."""
    query = select(col(Tip.status), col(Message.text)).join(Message, col(Message.tip_id) == col(Tip.id))
    with database.reading() as session:
        rows = session.execute(query).all()
    wanted = set(told or ())
    return Counter(
        Status(status).value for status, text in rows if (text in wanted if told is not None else "ORCHID" in text)
    )


def run(web: Served, database: Database, view: CalloutView, posts: int, minutes: float, readers: int) -> bool:
    Readers(web.port, view).all(2, 3, (0, 0.1), 500)  # the first page is drawn, the database is open
    quiet = Readers(web.port, view).all(readers, 12, (3.2, 4.5), 1000)  # slower than a program
    time.sleep(61)  # the load of the last minute
    out: multiprocessing.Queue[Counter[str]] = multiprocessing.Queue()
    began = time.monotonic()
    sending = multiprocessing.Process(target=campaign, args=(web.port, view, posts, minutes * 60, out))
    sending.start()
    busy = Readers(web.port, view).all(readers, minutes * 60, (4, 40), 2000)
    done = out.get(timeout=minutes * 60 + 600)
    sending.join()
    took = time.monotonic() - began
    waited = Spool.of(database).standing().waiting
    file_all(database)
    ours, theirs = filed(database, busy.told + quiet.told), filed(database)
    accepted = done["taken at once"] + done["paid for, taken"]
    print(f"campaign: {posts} posts in {minutes:g} minutes ({took:.0f} s with its waits)")
    print("  " + ", ".join(f"{name} {n}" for name, n in sorted(done.items())))
    print(f"  taken {accepted} ({accepted / posts:.1%}); filed {dict(theirs)}")
    print(
        f"readers: {len(busy.told)} of {len(busy.told) + len(busy.failed)} got through: {dict(busy.ways)} {busy.failed}"
    )
    print(f"  filed {dict(ours)}, quiet ones included")
    compare(quiet, busy)
    print(f"  {waited} waited for the worker at the end")
    kept = ours.total() == len(busy.told) + len(quiet.told) and theirs.total() == accepted
    print("nothing that was accepted is missing" if kept else "SOMETHING THAT WAS ACCEPTED IS MISSING")
    return kept and not busy.failed and not quiet.failed and not ours["spam"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--readers", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database, view = newsroom(Path(folder))
        with served(database) as web:
            said = re.sub(r"\[limits\]\n(\w+ = \d+\n)+", "", web.config.read_text())
            web.config.write_text(said.replace("[web]\n", "[web]\nproxies = 1\n"))
            web.start()
            well = run(web, database, view, given.posts, given.minutes, given.readers)
    sys.exit(not well)


if __name__ == "__main__":
    main()
