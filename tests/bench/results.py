"""How fast the results of a callout are at ten and a hundred thousand tips, on both databases, as ratios.

    python -m tests.bench.results [sqlite] [postgresql] [--plans] [--tips 10000 100000]

Each line is one page or piece: its time with few tips, with many, and the ratio; `x` beside it is the ratio to one walk
that counts the tips of the callout. Ratios hold from machine to machine, milliseconds do not.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from tests.core.surveying import WORDINGS, Survey, survey
from tests.fixtures_db import KEY, make_cast
from tests.plans import plan, watching
from tests.servers.postgres import Postgres
from tipline.core import access, results, search
from tipline.core.access import Actor
from tipline.core.results import ResultsFilter, answers, distribution, tabular
from tipline.core.results.distribution import Compare
from tipline.core.text import search_query as words
from tipline.db import Database, connect, is_sqlite
from tipline.models import Account, Callout, Question
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles
from tipline.vocabularies import ConsentChoice, Source

NEWEST = datetime(2021, 6, 22, 6, tzinfo=UTC)
BATCH = 2000
TOWNS = ("Wuhan", "Boston", "Shanghai", "武汉", "Macau", "Sydney")


def rows(n: int, of: Survey) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], str]]:
    """Tips of one callout with their answers and choices: two thirds by form, the rest by mail."""
    rng, answer_ids = random.Random(2), itertools.count(1)
    for i in range(1, n + 1):
        at, by_form = NEWEST - timedelta(minutes=(n - i) * 3), rng.random() < 0.67
        story = " ".join(rng.choices(("flight", "visa", "family", "border", "hotel", "waiting"), k=40)) + f" word{i}"
        tip = {
            "id": i, "callout_id": of.callout_id, "reader_id": 1, "source": "form" if by_form else "mail",
            "status": rng.choice(("new", "closed", "used", "spam") if i % 20 == 0 else ("new", "closed", "used")),
            "verification": "unverified", "consent": rng.choice(("name", "anonymous", "ask", "background")),
            "contact": "email", "language": rng.choice(("en", "en", "zh-Hans", "zh-Hant")), "title": story[:80],
            "excerpt": story[:200], "restricted": i % 1000 == 0, "automatic": False, "forwarded": False, "photos": 0,
            "files": 0, "received_at": at, "updated_at": at, "reader_wrote_at": at, "active_at": at,
            "tokens_version": words.TOKENS_VERSION,
        }  # fmt: skip
        said: list[tuple[str, str, tuple[int, ...], float | None]] = []
        if by_form:
            month = f"2020-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
            both = (0, 1)[: rng.randrange(1, 3)]
            said = [
                ("story", story, (), None), ("where", "Wuhan", (rng.randrange(3),), None),
                ("apart", "Partner", both, None), ("alone", "Yes", (rng.randrange(2),), None),
                ("months", "7", (), float(rng.randrange(40))), ("trust", "3", (), float(rng.randrange(1, 6))),
                ("since", month, (), None), ("town", rng.choice(TOWNS), (), None),
            ]  # fmt: skip
        given, chosen = [], []
        for position, (name, value, options, number) in enumerate(said):
            place = {"question_id": of.ids[name], "tip_id": i}
            answer = {"id": next(answer_ids), "position": position, "wording": "?", "value": value, "number": number}
            given.append({**answer, **place, "withheld": rng.random() < 0.05})
            chosen += [{"answer_id": answer["id"], "option": option, **place} for option in options]
        yield tip, given, chosen, story


def fill(session: Session, n: int, of: Survey) -> None:
    tables = SQLModel.metadata.tables
    session.execute(insert(tables["data_key"]), [{"id": 1, "wrapped": b"", "master_id": "", "created_at": NEWEST}])
    session.execute(insert(tables["reader"]), [{"id": 1, "key_id": 1, "created_at": NEWEST}])
    made = rows(n, of)
    while batch := list(itertools.islice(made, BATCH)):
        session.execute(insert(tables["tip"]), [tip for tip, _, _, _ in batch])
        session.execute(insert(tables["answer"]), [answer for _, given, _, _ in batch for answer in given])
        session.execute(insert(tables["answer_choice"]), [choice for _, _, chosen, _ in batch for choice in chosen])
        for tip, _, _, story in batch:
            document = {**dict.fromkeys(search.COLUMNS, ""), "story": words.document(story)}
            search._index(session).store(session, tip["id"], tip["received_at"], document)
        session.commit()
    if not is_sqlite(session):
        session.connection().exec_driver_sql("ANALYZE")
        session.commit()


def pieces(session: Session, of: Survey, by: Actor) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the pages ask, by name; the first is the floor."""

    def scope(**wanted: Any) -> results.ResultsScope:
        return results.scope(session, of.callout_id, ResultsFilter(**wanted), by)

    def page(compare: Compare | None = None, series: tuple[str, ...] = (), **wanted: Any) -> object:
        here = scope(**wanted)
        results.volumes(here)
        return distribution.distribution(here, distribution.families(here), "en", compare, series)

    story = [of.ids["story"]]
    yield "one walk over the tips", lambda: scope().n
    yield "volumes", lambda: results.volumes(scope())
    yield "whole page", page
    yield "page, by mail", lambda: page(source=Source.MAIL)
    yield "page, one consent", lambda: page(consent=ConsentChoice.NAME)
    yield "page, one day", lambda: page(since=NEWEST.date(), until=NEWEST.date())
    yield "page, languages compared", lambda: page(Compare.LANGUAGE, ("en", "zh-Hans", "zh-Hant"))
    yield "answers, newest", lambda: answers.page(scope(), story)
    yield "answers, common word", lambda: answers.page(scope(), story, "flight")
    yield "answers, rare word", lambda: answers.page(scope(), story, "word77")
    yield "answers, no such word", lambda: answers.page(scope(), story, "nothingofthekind")
    yield "table", lambda: tabular.rows(scope(), tabular.headings(scope(), "en"), None, 51)


def timed(ask: Callable[[], object]) -> float:
    took = []
    ask()
    for _ in range(3):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def look(database: Database, plans: bool) -> dict[str, float]:
    with database.reading() as session:
        account_id = session.scalars(select(Account.id).where(Account.name == "Bob")).one()
        by = access.actor(session, account_id or 0)
        callout_id = session.scalars(select(Callout.id).where(Callout.slug == "apart")).one()
        asked = session.scalars(
            select(Question.id).where(Question.callout_id == callout_id).order_by(Question.position)  # type: ignore[arg-type]
        )
        of = Survey(callout_id or 0, dict(zip(WORDINGS, (i or 0 for i in asked), strict=True)))
        assert by is not None
        found = {}
        for name, ask in pieces(session, of, by):
            if plans:
                with watching(session) as watched:
                    ask()
                print(f"-- {name}")
                for statement, parameters in watched.statements:
                    print("   ", " ".join(statement.split())[:300])
                    for step in plan(session, statement, parameters, run=True):
                        print("       ", step)
            found[name] = timed(ask)
        return found


def made(url: str, folder: Path, n: int) -> Database:
    engine = connect(url)
    migrate(engine)
    database = Database(engine, Master(KEY), LocalFiles(folder / "files"))
    with database.writing() as session:
        cast = make_cast(session)
        fill(session, n, survey(session, cast.alice, cast.bob))
    return database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--tips", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        for name in options.databases:
            cluster = Postgres(folder / "postgres")
            if name == "postgresql":
                cluster.folder.mkdir(exist_ok=True)
                cluster.start()
            try:
                found = [_one(name, folder, cluster, n, options.plans and n == options.tips[-1]) for n in options.tips]
            finally:
                if name == "postgresql":
                    cluster.stop()
            print(f"== {name}, {' and '.join(f'{n:,}' for n in options.tips)} tips")
            floor = next(iter(found[-1].values()))
            for piece, took in found[0].items():
                many = found[-1][piece]
                print(f"{piece:28} {took:9.1f} ms {many:9.1f} ms {many / took:7.1f} : 1 {many / floor:7.1f} x")


def _one(name: str, folder: Path, cluster: Postgres, n: int, plans: bool) -> dict[str, float]:
    if name == "sqlite":
        database = made(f"sqlite:///{folder}/bench{n}.db", folder, n)
    else:
        database = made(cluster.url(cluster.template(f"bench{n}", lambda url: None).strip()), folder, n)
    try:
        return look(database, plans)
    finally:
        database.engine.dispose()


if __name__ == "__main__":
    main()
