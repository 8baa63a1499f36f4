"""How long the desk takes while ten reporters click, on a database of a million tips and on one of ten thousand.

    python -m tests.bench.desk [--tips 1000000] [--few 10000] [--rounds 6] [--seconds 120] [--keep FOLDER]
        [--only WORD] [--plans] [sqlite] [postgresql]

The real web process says how long each answer took it: `work` is the time that processors were busy with it, in the
web process and in PostgreSQL; `wall` is from the request's arrival to its last byte, as it is on this machine with all
else that runs there, waiting for colleagues' requests included.

The first table is of one click at a time, on either database in turn, by an editor and reporters of large and small
callouts; the second of ten reporters who think for two seconds between two clicks. `times` says how many times the
small database's 95th percentile the large one's is. `--plans` says which statements read the whole of a large
table. `--keep` keeps the databases, and finds them again.
"""

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, text
from sqlmodel import col, select

from tests.bench import clicks, scans, timed_web
from tests.bench.clicks import Browser, Known, Took
from tests.bench.furnish import TEAMS, furnish
from tests.fixtures_db import KEY
from tests.fixtures_web import TOKEN
from tests.servers.postgres import Postgres
from tests.web.wire import served
from tipline import create_app
from tipline.config import Settings
from tipline.core import access
from tipline.core.accounts import sessions
from tipline.core.filters.orders import Cursor
from tipline.db import Database, connect
from tipline.models import Account, Event, Tip
from tipline.models.tip import OPEN_WORK
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

THINKING = 2.0  # seconds between two clicks, in the mean
LIMIT = 100  # ms, 95th percentile
TIMES = 1.5  # of the small database
ALONE = (0, 3, 8)  # of the reporters: an editor, one of large callouts, one of smaller ones


@dataclass(frozen=True, slots=True)
class Newsroom:
    """One database with its web process and the people at their browsers."""

    database: Database
    browsers: list[Browser]
    known: list[Known]

    @property
    def wrong(self) -> set[str]:
        return {line for browser in self.browsers for line in browser.wrong}


def _known(database: Database, account_id: int) -> Known:
    with database.reading() as session:
        by = access.actor(session, account_id)
        assert by is not None
        seen = select(col(Tip.id), col(Tip.received_at)).where(access.visible(by), col(Tip.merged_into).is_(None))
        newest = seen.order_by(col(Tip.received_at).desc(), col(Tip.id).desc())
        is_open = session.execute(newest.where(text(OPEN_WORK)).limit(400)).all()
        recent = session.execute(newest.limit(2000)).all()
        event = session.scalar(select(func.max(col(Event.id)))) or 0
        tips = [tip_id for tip_id, _ in is_open or recent if tip_id]
        return Known(tips, [str(Cursor(at, tip_id or 0)) for tip_id, at in recent], event - 50, account_id)


def _cookie(database: Database, account_id: int) -> str:
    """The cookie of a signed-in browser."""
    app = create_app(Settings(), database)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with database.writing() as session:
        token = sessions.start(session, account_id, "Bench")
        session.commit()
    said = {"_user_id": token, "_fresh": True, "csrf_token": TOKEN}
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(said)}"


@contextmanager
def at_work(kind: str, folder: Path, n: int) -> Iterator[Newsroom]:
    """A newsroom of so many tips, its web process started."""
    with kept(kind, folder, n) as database, served(database) as web:
        web.main = timed_web.main
        web.start()
        with database.reading() as session:
            names = col(Account.name).startswith("Reporter ")
            people = [i for i in session.scalars(select(col(Account.id)).where(names).order_by(col(Account.id))) if i]
        browsers = [Browser(web.port, _cookie(database, who)) for who in people]
        yield Newsroom(database, browsers, [_known(database, who) for who in people])


@contextmanager
def kept(kind: str, folder: Path, n: int) -> Iterator[Database]:
    """A database of so many tips: found in the folder, or made there."""
    place = folder / f"{kind}-{n}"
    place.mkdir(parents=True, exist_ok=True)
    files = LocalFiles(place / "files")
    with ExitStack() as stack:
        url = f"sqlite:///{place}/desk.db"
        if kind == "postgresql":
            cluster = Postgres(
                place / "cluster", shared_buffers="1GB"
            )  # as its manual advises: a quarter of a server's
            cluster.folder.mkdir(exist_ok=True)
            cluster.start()
            stack.callback(cluster.stop, keep=True)
            url = cluster.url(cluster.template("desk", lambda url: furnish(_open(url, files), n)))
        database = _open(url, files)
        furnish(database, n)
        stack.callback(database.engine.dispose)
        yield database


def _open(url: str, files: LocalFiles) -> Database:
    engine = connect(url)
    migrate(engine)
    return Database(engine, Master(KEY), files)


def alone(newsrooms: Sequence[Newsroom], rounds: int, only: str) -> list[list[Took]]:
    """One click after another, each in all newsrooms in turn: what else the machine does, it does to both."""
    took: list[list[Took]] = [[] for _ in newsrooms]
    kinds = [kind for each in clicks.KINDS.values() for kind in each]
    for turn in range(-1, rounds):  # the first does not count: everything is read for the first time
        for number, kind in enumerate(kinds):
            for who in ALONE if turn >= 0 else ALONE[-1:]:
                for newsroom, found in zip(newsrooms, took, strict=True):
                    known = newsroom.known[who]
                    rng = random.Random(turn * 10_000 + number * 10 + who)
                    if known.tips and only in (click := kind(rng, known)).name:
                        found += list(newsroom.browsers[who].click(click))[: None if turn >= 0 else 0]
    return took


def together(newsroom: Newsroom, seconds: float) -> list[Took]:
    """Ten reporters, each thinking between clicks; what they click in the first five seconds does not count."""
    took: list[Took] = []
    began = time.monotonic()

    def work(who: int) -> None:
        rng = random.Random(who)
        groups = rng.choices(list(clicks.WORKDAY), list(clicks.WORKDAY.values()), k=10_000)
        for group in groups:
            time.sleep(rng.expovariate(1 / THINKING))
            since = time.monotonic() - began
            if since > seconds + 5:
                return
            click = rng.choice(clicks.KINDS[group])(rng, newsroom.known[who])
            took.extend(one for one in newsroom.browsers[who].click(click) if since > 5)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(len(newsroom.browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def percentile(numbers: Sequence[float]) -> float:
    return statistics.quantiles(numbers, n=20)[-1] if len(numbers) > 1 else numbers[0]


def report(few: list[Took], many: list[Took], *, by_group: bool) -> None:
    def name(took: Took) -> str:
        return took.name.partition(" ")[0].rstrip(":,") if by_group else took.name

    print(f"{'':36}{'few: work':>14}{'many: work':>16}   times{'wall p95':>12}")
    for kind in dict.fromkeys(sorted(name(took) for took in many)):
        small, ours = ([took.work for took in which if name(took) == kind] for which in (few, many))
        _line(kind, small or [0.0], ours, [took.wall for took in many if name(took) == kind])
    _line("all", [took.work for took in few], [took.work for took in many], [took.wall for took in many])


def _line(kind: str, small: list[float], ours: list[float], wall: list[float]) -> None:
    p95, times = percentile(ours), percentile(ours) / max(percentile(small), 0.1)
    shown = "".join(f"{n:8.0f}" for n in (statistics.median(small), percentile(small), statistics.median(ours), p95))
    marks = ("  over" if p95 > LIMIT else "") + ("  grows" if times > TIMES else "")
    print(f"{kind:34}{shown}{times:7.2f} x{percentile(wall):10.0f}  {len(ours)}{marks}", flush=True)


def plans(newsroom: Newsroom) -> None:
    """What reads the whole of a large table, for one person of each kind."""
    for who in ALONE:
        known = newsroom.known[who]
        found = list(scans.whole(newsroom.database, known, _cookie(newsroom.database, known.account)))
        print(f"{len(found)} statements read the whole of a large table for reporter {who}")
        for click, statement, step in found:
            print(f"  {click}: {step}\n      {statement[-300:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--tips", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--only", default="", help="clicks whose name holds this")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-desk-") as scratch:
        for kind in given.databases:
            with ExitStack() as stack:
                rooms = [
                    stack.enter_context(at_work(kind, given.keep or Path(scratch), n)) for n in (given.few, given.tips)
                ]
                print(f"== {kind}: {given.few} and {given.tips} tips, one click at a time; ms, median and 95 %")
                report(*alone(rooms, given.rounds, given.only), by_group=False)
                if given.seconds:
                    print(f"== {kind}: {len(TEAMS)} reporters at once")
                    report(*(together(room, given.seconds) for room in rooms), by_group=True)
                if given.plans:
                    plans(rooms[-1])
                for line in sorted(rooms[0].wrong | rooms[1].wrong):
                    print("answered", line)


if __name__ == "__main__":
    main()
