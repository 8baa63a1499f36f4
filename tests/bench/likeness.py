"""How fast copies are found and clusters are shown, on both databases: prints a second, and what a page asks for.

    python -m tests.bench.likeness [--tips 100000] [--keep FOLDER] [sqlite] [postgresql]

Every twentieth tip is a copy of a template, and one template has the newest 10,000 tips: all open, nobody looked yet.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel, col, select

from tests.bench.search import NEWEST, TODAY, story
from tests.core import campaigns
from tests.fixtures_db import KEY, make_cast
from tests.servers.postgres import Postgres
from tipline.core import access, inbox, results, similar
from tipline.core.access import Actor
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.results import ResultsFilter
from tipline.core.similar import clusters, fingerprints
from tipline.core.text import search_query as words
from tipline.db import Database, connect, is_sqlite
from tipline.models import Account, Tip, TipFingerprint
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

BATCH = 2000
FLOOD = 10_000
CLUSTERS = 500  # of a few hundred copies each, among the others


def told(rng: random.Random, copies: list[str], n: int) -> str:
    return rng.choice(copies) if n % 20 == 0 else story(rng, n)


def speed() -> None:
    """Prints alone, without a database: what the worker's processor does."""
    rng, master = random.Random(1), Master(KEY)
    stories = [story(rng, n) for n in range(2000)]
    began = time.perf_counter()
    runs = [fingerprints.runs_of(words.words(one)) for one in stories]
    middle = time.perf_counter()
    for one in runs:
        fingerprints.fingerprints_of(master, 1, one)
    ended = time.perf_counter()
    print(
        f"runs {len(stories) / (middle - began):8.0f} a second, prints {len(stories) / (ended - middle):8.0f} a second"
    )


def fill(session: Session, n: int) -> None:
    """Tips as they are after years, with prints of chance: looking up costs the same, and making real ones is slow."""
    tables, rng = SQLModel.metadata.tables, random.Random(1)
    session.execute(insert(tables["data_key"]), [{"id": 1, "wrapped": b"", "master_id": "", "created_at": NEWEST}])
    session.execute(insert(tables["reader"]), [{"id": 1, "key_id": 1, "created_at": NEWEST}])
    shared = [[rng.getrandbits(62) for _ in range(fingerprints.PRINTS)] for _ in range(CLUSTERS)]
    made = (_row(rng, n, i) for i in range(1, n + 1))
    while batch := list(itertools.islice(made, BATCH)):
        session.execute(insert(tables["tip"]), batch)
        prints = [
            {"value": value, "tip_id": tip["id"]}
            for tip in batch
            for value in (
                shared[tip["cluster_id"] % CLUSTERS] if tip["cluster_id"] else (rng.getrandbits(62) for _ in range(8))
            )
        ]
        session.execute(insert(TipFingerprint), sorted(prints, key=lambda one: one["value"]))
        session.commit()
    counters.rebuild(session)
    session.commit()
    if not is_sqlite(session):
        session.connection().exec_driver_sql("ANALYZE")
        session.commit()


def _row(rng: random.Random, n: int, i: int) -> dict[str, Any]:
    at, flood = NEWEST - timedelta(minutes=n - i), i > n - FLOOD
    cluster = 7_000_000 if flood else 1_000 + rng.randrange(CLUSTERS) if i % 20 == 0 else None
    return {
        "id": i, "callout_id": 1, "reader_id": 1, "source": "form", "cluster_id": cluster, "fingerprints_version": 1,
        "status": "new" if flood or rng.random() < 0.02 else rng.choice(("closed", "used", "spam")),
        "verification": "unverified", "consent": "ask", "contact": "email", "title": f"Tip {i}", "language": "en",
        "received_at": at, "updated_at": at, "reader_wrote_at": at, "active_at": at, "tokens_version": 1,
    }  # fmt: skip


def measure(name: str, ask: Callable[[], object], times: int = 9) -> None:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    print(f"  {name:44} median {statistics.median(took):8.2f} ms, worst {max(took):8.2f} ms")


def look(session: Session, by: Actor, n: int) -> None:
    flooded = session.get_one(Tip, n)
    small = session.scalars(select(Tip).where(col(Tip.cluster_id) == 1_007, text("NOT restricted")).limit(1)).one()
    for name, query in (
        ("inbox, 10,000 copies on top", ""),
        ("inbox of nobody's", "assignee:none"),
        ("similar, 10,000", f"similar:{n}"),
        ("similar, a hundred", f"similar:{small.id}"),
    ):
        measure(name, lambda q=query: inbox.page(session, Filters.parse(q), by, TODAY))  # type: ignore[misc]
    measure("tip above and below", lambda: inbox.neighbours(session, Filters(), n - FLOOD, by, TODAY))
    measure("panel, 10,000", lambda: similar.cluster_summary(session, flooded, by))
    measure("panel, a hundred", lambda: similar.cluster_summary(session, small, by))
    measure("copies in results", lambda: similar.copies(results.scope(session, 1, ResultsFilter(), by)))


def take_in(database: Database) -> None:
    """New tips of their own, and copies, through the worker's step."""
    rng = random.Random(2)
    copies = campaigns.copies("residents", 50)
    with database.writing() as session:
        first = (session.scalar(select(col(Tip.id)).order_by(col(Tip.id).desc()).limit(1)) or 0) + 1
        for i in range(first, first + 800):
            row = {**_row(rng, i, i), "cluster_id": None, "fingerprints_version": 0}
            session.execute(insert(Tip), [row])
            session.execute(
                insert(SQLModel.metadata.tables["message"]),
                [{"id": i, "tip_id": i, "direction": "in", "source": "form", "sent_at": NEWEST, "created_at": NEWEST,
                  "text": told(rng, copies, 20 if i % 2 else i)}],
            )  # fmt: skip
        session.commit()
    steps, writing = [], []
    while True:
        began = time.perf_counter()
        with database.reading() as session:
            ready = clusters.prepare(session, clusters.waiting(session, 40))
        middle = time.perf_counter()
        if not ready:
            break
        with database.writing() as session:
            clusters.take_in(session, ready)
            session.commit()
        steps.append(time.perf_counter() - began)
        writing.append(time.perf_counter() - middle)
    with database.reading() as session:
        clustered = session.scalars(
            select(col(Tip.id)).where(col(Tip.id) >= first, col(Tip.cluster_id).is_not(None))
        ).all()
    print(f"  taken in: {800 / sum(steps):.0f} tips a second ({len(clustered)} of 800 clustered up), "
          f"{statistics.median(writing) * 1000:.0f} ms of writing in each step of 40")  # fmt: skip


def run(url: str, folder: Path, n: int) -> None:
    engine = connect(url)
    migrate(engine)
    database = Database(engine, Master(KEY), LocalFiles(folder / "files"))
    with database.writing() as session:
        if session.scalar(select(Tip.id).limit(1)) is None:
            make_cast(session)
            fill(session, n)
    with database.reading() as session:
        account = session.scalars(select(col(Account.id)).where(col(Account.name) == "Bob")).one()
        by = access.actor(session, account or 0)
        assert by is not None
        look(session, by, n)
    take_in(database)
    engine.dispose()


@contextmanager
def database_url(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'likeness.db'}"
        return
    folder.chmod(0o755)  # the server is another user's
    cluster = Postgres(folder / "postgres")
    cluster.folder.mkdir(exist_ok=True)
    cluster.start()
    try:
        with cluster.database() as url:
            yield url
    finally:
        cluster.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--tips", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder to keep the SQLite database in, and to find it again")
    asked = parser.parse_args()
    speed()
    with tempfile.TemporaryDirectory() as temporary:
        for name in asked.databases:
            print(f"{name}, {asked.tips:,} tips")
            with database_url(name, asked.keep or Path(temporary)) as url:
                run(url, Path(temporary), asked.tips)


if __name__ == "__main__":
    main()
