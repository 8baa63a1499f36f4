"""Which statements of the desk read a whole large table, as the databases plan them."""

import random
import re
from collections.abc import Iterator

from sqlalchemy import event
from sqlmodel import Session

from tests.bench import clicks
from tests.bench.clicks import Known
from tests.fixtures_web import TOKEN
from tests.plans import plan
from tipline import create_app
from tipline.config import Settings
from tipline.db import Database, is_sqlite

LARGE = (
    "tip", "message", "event", "tip_tag", "tip_seen", "follower", "note", "answer", "consent", "outgoing", "reader",
    "data_key", "search_document", "task", "mention", "stored_file",
)  # fmt: skip
SMALL = "ix_tip_snoozed"  # indexes of a few rows of a large table
SQLITE = re.compile(rf"SCAN (?:{'|'.join(LARGE)})(?: AS \w+)?(?P<by> USING .*)?$")
POSTGRESQL = re.compile(rf"Seq Scan on (?:{'|'.join(LARGE)})\b")


def whole(database: Database, known: Known, cookie: str) -> Iterator[tuple[str, str, str]]:
    """What is clicked, the statement, and the step of its plan that reads all."""
    client = create_app(Settings(), database).test_client(use_cookies=False)
    said: list[tuple[str, object]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            said.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        for kind in (kind for each in clicks.KINDS.values() for kind in each):
            click, headers = kind(random.Random(1), known), {"Cookie": cookie, "X-CSRF-Token": TOKEN}
            if click.target:
                headers |= {"HX-Request": "true", "HX-Target": click.target}
            said.clear()
            typed = "application/x-www-form-urlencoded"
            method = "GET" if click.body is None else "POST"
            client.open(click.path, method=method, data=click.body, content_type=typed, headers=headers)
            asked = dict(said[:])
            with database.reading() as session:
                yield from ((click.name, *found) for found in _steps(session, asked))
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _steps(session: Session, asked: dict[str, object]) -> Iterator[tuple[str, str]]:
    for statement, parameters in asked.items():
        said = " ".join(statement.split())
        for step in plan(session, statement, parameters):
            if _reads_all(said, step, sqlite=is_sqlite(session)):
                yield said, step.strip()


def _reads_all(statement: str, step: str, *, sqlite: bool) -> bool:
    """A walk in some order that ends when enough is found is none. PostgreSQL's plan says it, SQLite's does not."""
    if "WHERE 0 = 1" in statement:
        return False  # nothing is read at all
    if not sqlite:
        return bool(POSTGRESQL.search(step))
    found = SQLITE.search(step)
    if found and SMALL in step:
        return False
    return bool(found) and (" LIMIT " not in statement or not (found["by"] or "ORDER BY event.id DESC" in statement))
