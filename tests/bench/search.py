"""How fast the desk's lists, counts and searches are, on both databases, as ratios to a plain first page.

    python -m tests.bench.search [--tips 100000] [--plans] [--keep FOLDER] [sqlite] [postgresql]

Ratios hold from machine to machine, milliseconds do not. `--plans` prints how each database goes about each of them.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel, select

from tests.fixtures_db import KEY, make_cast
from tests.plans import plan, watching
from tests.servers.postgres import Postgres
from tipline.core import access, inbox, search
from tipline.core.access import Actor
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.search import keyed_tokens
from tipline.core.search.index import SEALED
from tipline.core.text import search_query as words
from tipline.db import Database, connect, is_sqlite
from tipline.models import Account, Tip
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

TODAY = date(2021, 6, 22)
NEWEST = datetime(2021, 6, 22, 6, tzinfo=UTC)
BATCH = 2000
COMMON = ("flight", "visa", "family", "border", "airline", "quarantine", "embassy", "school", "salary", "hotel")
OPEN = ("new", "new", "reviewing", "waiting", "ready")
DONE = ("used", "closed", "closed", "closed", "spam")
GIVEN = ("Chloé", "Mateus", "Mei", "Wei", "Olga", "Ada", "Amina")
MASTER = Master(KEY)
HAN = ("签证", "航班", "隔离", "家人", "口岸", "学校", "护照", "领事馆", "在上海被取消", "回不去")


def story(rng: random.Random, n: int) -> str:
    """About a hundred words, common ones often and rare ones seldom, two fifths of the stories in Chinese."""
    rare = [f"word{int(rng.paretovariate(0.6)) % 50_000}" for _ in range(60)]
    if n % 5 < 2:
        return "".join(rng.choice(HAN) + chr(0x4E00 + int(rng.paretovariate(0.5)) % 3000) for _ in range(50))
    common = rng.choices(COMMON, range(len(COMMON), 0, -1), k=20)
    mixed = [*common, *rare, "separated" if n % 1000 == 7 else "waiting", "unicorn" if n % 20_000 == 11 else "again"]
    rng.shuffle(mixed)
    return " ".join(mixed)


def rows(n: int, actors: list[int]) -> Iterator[tuple[dict[str, Any], str]]:
    """Tips as they are after years: a few open ones, most closed, two callouts of which one is small."""
    rng = random.Random(1)
    for i in range(1, n + 1):
        at = NEWEST - timedelta(minutes=(n - i) * 3, seconds=rng.randrange(3600))
        is_open = rng.random() < (0.3 if i > n * 0.9 else 0.02)
        body = story(rng, i)
        yield (
            {
                "id": i,
                "callout_id": 2 if i % 300 == 0 else 1,
                "reader_id": 1,
                "source": rng.choice(("form", "mail", "mail", "phone")),
                "status": rng.choice(OPEN if is_open else DONE),
                "verification": rng.choice(("unverified", "unverified", "verified")),
                "assignee_id": rng.choice(actors) if rng.random() < 0.4 else None,
                "consent": rng.choice(("name", "ask", "unknown")),
                "contact": "email",
                "language": "zh-Hans" if i % 5 < 2 else "en",
                "title": body[:80],
                "excerpt": body[:200],
                "follow_up_on": TODAY + timedelta(days=rng.randrange(-20, 60)) if i % 500 == 0 else None,
                "restricted": i % 1000 == 999,
                "automatic": False,
                "forwarded": i % 4000 == 1,
                "photos": int(i % 50 == 0),
                "files": int(i % 25 == 0),
                "received_at": at,
                "updated_at": at,
                "reader_wrote_at": at,
                "active_at": at,
                "answered_at": at + timedelta(hours=1) if i % 5 < 3 else None,
                "tokens_version": words.TOKENS_VERSION,
            },
            body,
        )


def fill(session: Session, n: int, actors: list[int]) -> None:
    """Tips, tags and documents, in batches; the same statements as core's, many rows at a time."""
    tables = SQLModel.metadata.tables
    session.execute(insert(tables["data_key"]), [{"id": 1, "wrapped": b"", "master_id": "", "created_at": NEWEST}])
    session.execute(insert(tables["reader"]), [{"id": 1, "key_id": 1, "created_at": NEWEST}])
    names = ("visa", "rare")
    session.execute(insert(tables["tag"]), [{"id": i, "name": name, "folded": name} for i, name in enumerate(names, 1)])
    made = rows(n, actors)
    while batch := list(itertools.islice(made, BATCH)):
        session.execute(insert(tables["tip"]), [tip for tip, _ in batch])
        tagged = [{"tip_id": tip["id"], "tag_id": 1} for tip, _ in batch if tip["id"] % 10 == 0]
        tagged += [{"tip_id": tip["id"], "tag_id": 2} for tip, _ in batch if tip["id"] % 5000 == 0]
        session.execute(insert(tables["tip_tag"]), tagged)
        index(session, [(tip, words.document(body)) for tip, body in batch if not tip["restricted"]])
        session.commit()
    counters.rebuild(session)
    session.commit()
    if not is_sqlite(session):  # autovacuum does it in life; SQLite is never told, and must do without
        session.connection().exec_driver_sql("ANALYZE")
        session.commit()


def index(session: Session, documents: list[tuple[dict[str, Any], str]]) -> None:
    made = [(tip, {**dict.fromkeys(search.COLUMNS, ""), "story": d, SEALED: hidden(tip["id"])}) for tip, d in documents]
    if is_sqlite(session):
        statement = str(search.Fts5.STORE)
        values = [{"key": search.row_key(t["received_at"], t["id"]), **search.Fts5.columns(d)} for t, d in made]
    else:
        statement = "INSERT INTO search_document VALUES (:id, 2, CAST(:vector AS tsvector))"
        values = [{"id": t["id"], "vector": search.TsVector.vector(d)} for t, d in made]
    session.execute(text(statement), values)


def hidden(n: int) -> str:
    """The keyed tokens of a tip: its reader's name, common or rare, and for each fifth the words of a file."""
    name = f"{GIVEN[n % len(GIVEN)]} Family{n % 5000}"
    inside = [story(random.Random(n), n)] if n % 5 == 0 else []
    return keyed_tokens.stream(
        keyed_tokens.called(MASTER, [name]), keyed_tokens.tokens(MASTER, inside, keyed_tokens.INSIDE)
    )


LISTS = (
    "", "status:new", "status:new,reviewing", "status:any", "status:closed", "assignee:me", "assignee:none",
    "callout:overtime", "callout:overtime status:any", "callout:borders status:closed", "tag:visa", "tag:rare",
    "tag:visa status:any", "tag:rare status:any", "source:phone", "lang:zh status:any", "has:photo", "is:unread",
    "is:forwarded status:any", "due:now", "due:overdue", "before:2021-01 status:any", "before:2021",
    "flight", "hotel", "separated", "unicorn", "flights visas", "separation flight", "签证", "在上海被取消", "的",
    '"flight visa"', "flight status:new", "separated tag:visa", "flight before:2021-03", "flight tag:rare",
    "nothingofthekind", "-tag:visa", "-tag:visa status:any", "-callout:borders", "-assignee:me", "-status:new",
    "-has:photo",
    "-source:mail -lang:en", "has:note", "has:reply", "assignee:me,none", "tag:visa,rare", "is:restricted",
    *(f"sort:{sort}{more}" for sort in ("oldest", "unanswered", "waiting", "due") for more in
      ("", " status:any", " callout:overtime", " assignee:me", " flight", " unicorn", " tag:visa", " -tag:visa")),
    "unicorn OR separated", "flight OR 签证", "flight -visa", "-flight",
    "separated -flight", '-"flight visa"', "Chloé", "name:Chloé", "name:family77", "name:mateus name:family77",
    "chloe flight", "chloe sort:relevance",
)  # fmt: skip


def measure(session: Session, name: str, by: Actor, ask: Callable[[], object], floor: float, plans: bool) -> float:
    """Run it, print its ratio to the floor, and its plan where that is wanted; returns milliseconds."""
    with watching(session) as watched:
        ask()
    took = []
    for _ in range(5):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
        if sum(took) > 3000:
            break
    took_ms = statistics.median(took)
    print(f"{name:38} {by.name:6} {took_ms:9.2f} ms {took_ms / floor if floor else 1:8.1f} x")
    if plans:
        for statement, parameters in watched.statements:
            print("      ", " ".join(statement.split())[-700:], parameters)
            for step in plan(session, statement, parameters, run=True):
                print("          ", step)
    return took_ms


def look(database: Database, people: list[Actor], plans: bool) -> None:
    with database.reading() as session:
        floor = 0.0
        for by in people:
            for query in LISTS:
                filters = Filters.parse(query)
                took = measure(
                    session,
                    query or "(open work)",
                    by,
                    lambda f=filters, by=by: inbox.page(session, f, by, TODAY),  # type: ignore[misc]
                    floor,
                    plans,
                )
                floor = floor or took
            measure(session, "counts", by, lambda by=by: inbox.counts(session, by, TODAY), floor, plans)  # type: ignore[misc]
            measure(session, "tags", by, lambda by=by: inbox.tags(session, by), floor, plans)  # type: ignore[misc]


@contextmanager
def made(url: str, folder: Path, n: int) -> Iterator[tuple[Database, list[Actor]]]:
    engine = connect(url)
    migrate(engine)
    database = Database(engine, Master(KEY), LocalFiles(folder / "files"))
    with database.writing() as session:
        if session.scalar(select(Tip.id).limit(1)) is None:
            cast = make_cast(session)
            began = time.perf_counter()
            fill(session, n, [cast.alice.account_id, cast.bob.account_id])
            print(f"made in {time.perf_counter() - began:.0f} s")
        accounts = session.scalars(select(Account.id).where(Account.name.in_(("Alice", "Bob", "Carol")))).all()  # type: ignore[attr-defined]
        people = [actor for i in sorted(a for a in accounts if a) if (actor := access.actor(session, i))]
    yield database, people
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--tips", type=int, default=100_000)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder to keep the databases in, and to find them again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        for name in options.databases:
            print(f"== {name}, {options.tips} tips")
            if name == "sqlite":
                with made(f"sqlite:///{folder}/bench.db", folder, options.tips) as (database, people):
                    look(database, people, options.plans)
                continue
            cluster = Postgres(folder / "postgres")
            cluster.folder.mkdir(exist_ok=True)
            cluster.start()
            try:
                url = cluster.url(cluster.template("bench", lambda url: fill_at(url, folder, options.tips)).strip())
                with made(url, folder, options.tips) as (database, people):
                    look(database, people, options.plans)
            finally:
                cluster.stop()


def fill_at(url: str, folder: Path, n: int) -> None:
    with made(url, folder, n):
        pass


if __name__ == "__main__":
    main()
