"""A database that is taken away without its key: no word of what is sealed is in it, nor the order of the words.

What is read is all that a thief reads: SQLite's file with its log and the tables beneath its index, and a dump of
PostgreSQL with the planner's statistics.
"""

import re
import subprocess
from pathlib import Path

from sqlalchemy import Engine, text
from sqlmodel import Session

from tests.arrivals import mail
from tests.core.making import TODAY, attach, say
from tests.core.search.test_keyed_tokens import indexed
from tests.fixtures_db import Cast
from tests.servers.postgres import binaries
from tipline.core import bulk, inbox, intake, search
from tipline.core.bulk.steps import BulkStep
from tipline.core.filters import Filters
from tipline.core.inbox import looked_up, recent_searches, views
from tipline.core.search.keyed_tokens import MARK
from tipline.db import Database, is_sqlite
from tipline.models import Direction, Tip

INSIDE = "zanzibar quokkas juggle velvet trombones while penguins hum 金丝雀歌唱鸣啭"
NAME = "Xiomara Quetzalcoatl"
IN_CLEAR = (
    "zanzibar", "quokka", "juggl", "velvet", "trombon", "penguin", "金丝", "丝雀", "雀歌", "鸣啭",
    "xiomara", "quetzalcoatl", "xiomara@hidden.example", "bagpipe",
)  # fmt: skip


def seized(engine: Engine) -> str:
    """All that is in the database, its index and its log, as text."""
    if is_sqlite(engine):
        with engine.connect() as connection:
            shadows = "SELECT name FROM sqlite_master WHERE name LIKE 'search_document%'"
            assert len(connection.execute(text(shadows)).all()) > 3, "they are a part of the file"
        files = [Path(f"{engine.url.database}{end}") for end in ("", "-wal")]
        return "".join(file.read_bytes().decode("utf-8", "replace") for file in files if file.exists())
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE"))
        known = "SELECT concat(most_common_vals, most_common_elems, histogram_bounds) FROM pg_stats"
        stats = connection.execute(text(known)).scalars().all()
    folder = binaries()
    assert folder is not None
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dump = subprocess.run([folder / "pg_dump", url], capture_output=True, check=True, encoding="utf-8")
    return dump.stdout + "".join(stats)


def furnish(session: Session, cast: Cast) -> Tip:
    arrival = mail("My story is of a lighthouse", sender="xiomara@hidden.example", name=NAME, callout_id=cast.borders)
    tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    attach(session, tip, "a.pdf", INSIDE)
    say(session, tip, "Could you bring the bagpipe?", direction=Direction.OUT, author_id=cast.bob.account_id)
    indexed(session)
    return tip


def test_a_stolen_database_tells_no_word_that_is_sealed(database: Database, session: Session, cast: Cast) -> None:
    tip = furnish(session, cast)
    recent_searches.remember(session, "Xiomara lighthouse", cast.bob)
    views.save(session, "Hers", "name:Quetzalcoatl", cast.bob)
    bulk.begin(session, Filters.parse("name:Xiomara"), [BulkStep("status", "closed")], cast.bob, TODAY)
    found = inbox.page(session, Filters.parse("Xiomara"), cast.bob, TODAY)
    looked_up.record(
        session, looked_up.new(session, Filters.parse("Xiomara"), [row.tip for row in found.rows], cast.bob), cast.bob
    )
    assert [row.tip.id for row in found.rows] == [tip.id]
    session.commit()
    there = seized(database.engine).lower()
    assert "lighthouse" in there, "the story lies in the clear"
    told = re.sub(r"could you bring the bagpipe\?", "", there)  # of a reply its text, but not its index
    assert [word for word in IN_CLEAR if word in told] == []


def test_a_stolen_index_tells_no_order(database: Database, session: Session, cast: Cast) -> None:
    tip = furnish(session, cast)
    session.commit()
    if is_sqlite(session):
        session.execute(text("CREATE VIRTUAL TABLE temp.seen USING fts5vocab(main, search_document, instance)"))
        order = "SELECT term FROM temp.seen WHERE col = 'inside' ORDER BY doc, offset"
        tokens = list(session.scalars(text(order)))
    else:
        vector = "SELECT lexeme, positions FROM search_document, unnest(document) WHERE tip_id = :id"
        rows = session.execute(text(vector), {"id": tip.id}).all()
        assert not any(places for token, places in rows if token.startswith(MARK)), "without any place"
        tokens = [token for token, _ in rows if token.startswith(MARK)]
    assert len(tokens) > len(INSIDE.split()) and tokens == sorted(set(tokens))
    assert search.standing(session).old == 0
