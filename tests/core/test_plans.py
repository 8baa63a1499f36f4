"""How PostgreSQL goes about the desk's lists where there are many tips and it knows its statistics.

Which index it takes is its own choice. But it reads no large table whole, and sorts no more than is left of a list.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests.core.facts.test_facts import suggest
from tests.core.filters.test_orders import LISTS
from tests.core.inbox.test_inbox import tag
from tests.core.making import MORNING, TODAY, make_tip
from tests.fixtures_db import KEY, Cast, _prepare, engine_of, make_cast
from tests.plans import planning
from tests.servers.postgres import Postgres
from tipline.core import events, inbox, search, triage
from tipline.core.desk import activity
from tipline.core.filters import Filters
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import did_you_mean, listing
from tipline.core.search import postgresql
from tipline.db import Database
from tipline.models import FactState, Verb
from tipline.reindex import recount
from tipline.sealing import Master
from tipline.storage import LocalFiles

TIPS = 20_000
LARGE = {"tip", "message", "reader", "search_document", "event", "note", "fact"}
MOST_SORTED = max(listing.FEW_TIPS, postgresql.TsVector.FEW) + 1000  # an estimate; what is left of a list, never all
COPIES = {  # how each row of the first tip is told of the others, by n
    "reader": {"id": "reader.id + n"},
    "tip": {
        "id": "tip.id + n",
        "reader_id": "reader_id + n",
        "callout_id": "1 + n % 2",
        "status": "(ARRAY['new', 'waiting', 'reviewing', 'closed', 'used'])[1 + n % 5]",
        "assignee_id": "CASE WHEN n % 40 = 0 THEN 2 ELSE NULL END",
        "photos": "(n % 30 = 0)::int",
        "follow_up_on": "CASE WHEN n % 200 = 0 THEN date '2021-06-20' ELSE NULL END",
        **{at: f"{at} - n * interval '10 minutes'" for at in ("received_at", "reader_wrote_at", "updated_at")},
    },
    "message": {"id": "message.id + n", "tip_id": "tip_id + n", "created_at": "created_at - n * interval '1 minute'"},
    "search_document": {
        "tip_id": "tip_id + n",
        "document": "document || to_tsvector('simple', 'w' || n % 400 || ' rare' || n % 9000)",
    },
    "note": {"id": "note.id + n", "tip_id": "tip_id + n"},
    "tip_tag": {"tip_id": "tip_id + n * 50"},
    "fact": {
        "id": "fact.id + n",
        "tip_id": "tip_id + n",
        "type_id": "1 + n % 7",
        "folded": "'place ' || n % 4000",
    },
    "event": {"id": "event.id + n * 10", "tip_id": "tip_id + n"},
}
SOME = {"tip_tag": TIPS // 50}


@pytest.fixture(scope="module")
def many(postgres_cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Cast]]:
    """A newsroom with many tips on PostgreSQL, as after a night's ANALYZE."""
    folder: Path = tmp_path_factory.mktemp("many")
    with postgres_cluster.database(postgres_cluster.template("tipline", _prepare)) as url:
        engine = engine_of(url)
        database = Database(engine, Master(KEY), LocalFiles(folder))
        with database.writing() as session:
            cast = make_cast(session)
            _furnish(session, cast)
            session.commit()
        recount(database, lambda said: None)
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield database, cast
        engine.dispose()


def _furnish(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "A story of a visa 签证")
    triage.note(session, tip.id or 0, "The landlord", cast.alice)
    tag(session, tip, "visa")
    suggest(session, tip, "place", "Wuhan", FactState.CONFIRMED)
    events.record(session, Verb.STATUS, by=cast.alice, tip_id=tip.id, after="new")
    search.put(session, tip.id or 0)
    session.flush()
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = :table AND is_generated = 'NEVER'"
    for table, changed in COPIES.items():
        names = session.connection().execute(text(columns), {"table": table}).scalars().all()
        values = ", ".join(changed.get(name, f"{table}.{name}") for name in names)
        copied = (
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table}, generate_series(1, :most) AS n"
        )
        session.connection().execute(text(copied), {"most": SOME.get(table, TIPS)})


QUERIES = (
    *LISTS, "w7", "rare17", "w7 rare17", '"a story"', "w7 OR rare17", "w7 -visa", "name:Chloé", "w7 sort:relevance",
    "w7 status:closed", "rare17 callout:borders", "is:unanswered", "is:followed", "lang:none", "source:form",
)  # fmt: skip


@pytest.mark.parametrize(("who", "queries"), [("alice", QUERIES), ("bob", QUERIES[::4])])
def test_no_list_of_many_tips_reads_a_table_whole_or_sorts_it_on_postgresql(
    many: tuple[Database, Cast], who: str, queries: tuple[str, ...]
) -> None:
    database, cast = many
    by = getattr(cast, who)
    with database.reading() as session, planning(session) as steps:
        for n, query in enumerate(queries):
            after = Cursor(MORNING - timedelta(days=30), 9) if n % 2 else None
            inbox.page(session, Filters.parse(query), by, TODAY, after)
        did_you_mean.suggestion(session, Filters.parse("vissa"), by, TODAY, 0)
        inbox.counts(session, by, TODAY)
        activity.unseen(session, by)
    assert len(steps) > 200
    whole = {(one.table, one.statement) for one in steps if one.kind == "Seq Scan" and one.table in LARGE}
    assert not whole, whole
    sorted_all = {(one.rows, one.statement) for one in steps if one.kind == "Sort" and one.rows > MOST_SORTED}
    assert not sorted_all, sorted_all
