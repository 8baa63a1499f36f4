"""How long the desk takes while ten reporters click, on a database of a million tips and on one of ten thousand.

    python -m tests.bench.desk [--tips 1000000] [--few 10000] [--seconds 60] [--keep FOLDER] [sqlite] [postgresql]

The real web process answers ten connections, each of a reporter who thinks for a second between two clicks. It prints,
for each kind of click, the median and the 95th percentile in milliseconds as the reporter waits for them, and how many
times those of the small database the large one takes. `--keep` keeps the databases, and finds them again.
"""

import argparse
import http.client
import itertools
import random
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from sqlalchemy import func, insert, update
from sqlmodel import Session, SQLModel, col, select

from tests.bench import search as tips
from tests.fixtures_db import KEY, make_cast
from tests.fixtures_web import TOKEN
from tests.servers import ports
from tests.servers.postgres import Postgres
from tests.web.wire import served
from tipline import create_app
from tipline.config import Settings
from tipline.core import sessions
from tipline.db import Database, connect, now
from tipline.models import Account, AccountRole, CalloutMember, Role, Tip
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

REPORTERS = 10
THINKING = 1.0  # seconds between two clicks, in the mean
LIMIT = 100  # ms, 95th percentile
TIMES = 1.5  # of the small database
LISTS = (
    "", "assignee:me", "assignee:none", "status:waiting", "status:any", "status:closed", "due:now", "tag:visa",
    "tag:rare", "lang:zh", "source:phone status:any", "has:photo", "is:unread", "callout:borders status:new",
    "verification:verified status:any", "consent:name lang:zh", "before:2021-01 status:any",
)  # fmt: skip
WORDS = ("flight", "separated", "unicorn", "visa hotel", "separation flight", "签证", "在上海被取消", "隔离 航班")


@dataclass
class Took:
    """Milliseconds by kind of click."""

    by_kind: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, ms: float) -> None:
        with self.lock:
            self.by_kind.setdefault(kind, []).append(ms)


def furnish(database: Database, n: int) -> None:
    """So many tips, each with its story as a message and the event of its arrival, and ten reporters."""
    with database.writing() as session:
        if session.scalar(select(Tip.id).limit(1)) is not None:
            return
        cast = make_cast(session)
        began = time.perf_counter()
        tips.fill(session, n, [cast.alice.account_id, cast.bob.account_id])
        _stories(session, n)
        for i in range(REPORTERS):
            account = Account(email=f"r{i}@meridian.example", name=f"Reporter {i}", created_at=now())
            session.add(account)
            session.flush()
            assert account.id is not None
            session.add(AccountRole(account_id=account.id, role=Role.REPORTER))
            session.add(CalloutMember(callout_id=cast.borders, account_id=account.id))
        session.commit()
        print(f"{n} tips made in {time.perf_counter() - began:.0f} s")


def _stories(session: Session, n: int) -> None:
    tables = SQLModel.metadata.tables
    readers = max(2, n // 3)  # each wrote three times
    for start in range(2, readers + 1, tips.BATCH):
        ids = range(start, min(start + tips.BATCH, readers + 1))
        session.execute(insert(tables["reader"]), [{"id": i, "key_id": 1, "created_at": now()} for i in ids])
    session.execute(update(Tip).values(reader_id=col(Tip.id) % readers + 1))
    session.commit()
    for start in range(1, n + 1, tips.BATCH):
        ids = col(Tip.id).between(start, start + tips.BATCH - 1)
        made = session.execute(select(col(Tip.id), col(Tip.source), col(Tip.excerpt), col(Tip.received_at)).where(ids))
        messages, events = [], []
        for tip_id, source, excerpt, at in made:
            told = {"tip_id": tip_id, "direction": "in", "source": source, "text": excerpt * 3, "quoted": ""}
            messages.append({"id": tip_id, "sent_at": at, "created_at": at, **told})
            events.append({"at": at, "actor": "reader", "verb": "received", "tip_id": tip_id})
        session.execute(insert(tables["message"]), messages)
        session.execute(insert(tables["event"]), events)
        session.commit()


def cookies(database: Database) -> list[str]:
    """The cookies of ten signed-in browsers."""
    app = create_app(Settings(), database)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    made = []
    with database.writing() as session:
        names = col(Account.name).startswith("Reporter ")
        for account_id in session.scalars(select(col(Account.id)).where(names)).all():
            token = sessions.start(session, account_id or 0, "Bench")
            said = {"_user_id": token, "_fresh": True, "csrf_token": TOKEN}
            made.append(f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(said)}")
        session.commit()
    return made


class Reporter:
    """One browser with one connection: clicks, waits for the answer, thinks."""

    def __init__(self, port: int, cookie: str, seed: int, newest: int, took: Took) -> None:
        self._line = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=60)
        self._headers = {"Cookie": cookie, "X-CSRF-Token": TOKEN}
        self._rng, self._newest, self._took = random.Random(seed), newest, took

    def work(self, until: float, warming: float) -> None:
        kinds = itertools.cycle(self._rng.sample(CLICKS, len(CLICKS)))
        while time.monotonic() < until:
            time.sleep(self._rng.expovariate(1 / THINKING))
            kind = next(kinds)
            for at, (name, method, path, body, target) in enumerate(getattr(self, f"_{kind}")()):
                ms = self._ask(method, path, body, target)
                if at == 0 and time.monotonic() > warming:
                    self._took.add(name, ms)

    def _ask(self, method: str, path: str, body: str, target: str) -> float:
        headers = dict(self._headers)
        if target:
            headers |= {"HX-Request": "true", "HX-Target": target}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            return self._timed(method, path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError):  # the server lets go of an idle connection
            self._line.close()
            return self._timed(method, path, body, headers)

    def _timed(self, method: str, path: str, body: str, headers: dict[str, str]) -> float:
        began = time.perf_counter()
        self._line.request(method, path, body or None, headers)
        answer = self._line.getresponse()
        answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status not in (200, 204, 303):
            self._took.wrong.append(f"{answer.status} {method} {re.sub('[0-9]+', 'N', path)}")
        return took

    def _tip(self) -> int:
        return self._rng.randrange(max(1, self._newest - 5000), self._newest) // 300 * 300 + 1  # of their own callout

    def _list(self) -> Iterator[tuple[str, str, str, str, str]]:
        query = self._rng.choice(LISTS)
        yield f"list {query or '(inbox)'}", "GET", f"/desk?q={quote(query)}", "", "list"

    def _page(self) -> Iterator[tuple[str, str, str, str, str]]:
        yield "inbox, whole page", "GET", "/desk", "", ""

    def _search(self) -> Iterator[tuple[str, str, str, str, str]]:
        words = self._rng.choice(WORDS)
        yield f"search {words}", "GET", f"/desk?q={quote(words)}", "", "list"

    def _open(self) -> Iterator[tuple[str, str, str, str, str]]:
        yield "tip", "GET", f"/desk/tips/{self._tip()}", "", "tip"

    def _news(self) -> Iterator[tuple[str, str, str, str, str]]:
        asked = {"since": "1624341600000000-999", "at": "0", "q": "", "tip": str(self._tip())}
        asked["rows"] = ",".join(str(self._tip()) for _ in range(50))
        yield "live", "POST", "/desk/live", urlencode(asked), ""

    def _change(self) -> Iterator[tuple[str, str, str, str, str]]:
        verb, values = self._rng.choice(
            (
                ("status", {"status": self._rng.choice(("new", "reviewing", "ready", "closed"))}),
                ("tag", {"tag": self._rng.choice(("visa", "family", "school"))}),
                ("verification", {"verification": self._rng.choice(("verified", "unverified"))}),
            )
        )
        tip = self._tip()
        yield f"change {verb}", "POST", f"/desk/tips/{tip}/{verb}", urlencode(values), "tip"
        yield "", "GET", f"/desk/tips/{tip}", "", "tip"  # where the answer leads


CLICKS = ("list", "list", "page", "search", "search", "open", "open", "news", "change", "change")


def measure(database: Database, seconds: float) -> Took:
    took = Took()
    with database.reading() as session:
        newest = session.scalar(select(func.max(col(Tip.id)))) or 1
    with served(database) as web:
        web.start()
        began = time.monotonic()
        people = [Reporter(web.port, cookie, i, newest, took) for i, cookie in enumerate(cookies(database))]
        threads = [threading.Thread(target=p.work, args=(began + 5 + seconds, began + 5)) for p in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return took


@contextmanager
def newsroom(name: str, folder: Path, n: int) -> Iterator[Database]:
    """A database of so many tips: found in the folder, or made there."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Postgres(folder / "postgres") if name == "postgresql" else None
    url = f"sqlite:///{folder}/desk-{n}.db"
    if cluster:
        cluster.folder.mkdir(exist_ok=True)
        cluster.start()
        url = cluster.url(cluster.template(f"desk{n}", lambda empty: _fill_at(empty, folder, n)).strip())
    try:
        if not cluster:
            _fill_at(url, folder, n)
        engine = connect(url)
        yield Database(engine, Master(KEY), LocalFiles(folder / "files"))
        engine.dispose()
    finally:
        if cluster:
            cluster.stop()


def _fill_at(url: str, folder: Path, n: int) -> None:
    engine = connect(url)
    migrate(engine)
    furnish(Database(engine, Master(KEY), LocalFiles(folder / "files")), n)
    engine.dispose()


def percentile(numbers: list[float]) -> float:
    return statistics.quantiles(numbers, n=20)[-1] if len(numbers) > 1 else numbers[0]


def report(few: Took, many: Took) -> None:
    print(f"{'':38} {'few':>14} {'many':>16}    times")
    for kind in sorted(many.by_kind):
        ours, small = many.by_kind[kind], few.by_kind.get(kind, [0.0])
        times = percentile(ours) / max(percentile(small), 0.1)
        line = f"{kind:38} {statistics.median(small):6.0f} {percentile(small):6.0f} {statistics.median(ours):8.0f}"
        late = percentile(ours) > LIMIT
        print(f"{line} {percentile(ours):7.0f} ms {times:6.2f} x {'  over' if late else ''}")
    everything = [ms for each in many.by_kind.values() for ms in each]
    before = [ms for each in few.by_kind.values() for ms in each]
    share = percentile(everything) / percentile(before)
    print(
        f"all {len(everything)} clicks: p95 {percentile(everything):.0f} ms (aim {LIMIT}), {share:.2f} x (aim {TIMES})"
    )
    for line in sorted(set(few.wrong + many.wrong)):
        print("answered", line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--tips", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-desk-") as scratch:
        folder = given.keep or Path(scratch)
        for name in given.databases:
            found = []
            for n in (given.few, given.tips):
                with newsroom(name, folder, n) as database:
                    found.append(measure(database, given.seconds))
            print(f"== {name}: {given.few} and {given.tips} tips, {REPORTERS} reporters")
            report(*found)


if __name__ == "__main__":
    main()
