"""Rows that intake writes often, without an object each: they wait in the session and go out together, table by table.

As with objects, whatever is read next finds them: they are written before any query of the session, any flush and the
commit, and a rollback forgets them. Fifty mails then cost a dozen statements instead of six hundred.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Insert, Table, event, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from tipline import db
from tipline.db import is_sqlite
from tipline.models import ErasedTip, Tip

Model = type[SQLModel]
Values = dict[str, Any]
Key = tuple[Any, ...]


@dataclass
class RowBatches:
    """What a session has still to write, and the ids that it may give out."""

    rows: dict[Model, list[Values]] = field(default_factory=dict)
    after: dict[Executable, list[Values]] = field(default_factory=dict)
    sums: dict[Model, Counter[Key]] = field(default_factory=dict)
    last: dict[Model, Counter[Key]] = field(default_factory=dict)  # sums that are written when all is done
    ids: dict[Model, Iterator[int]] = field(default_factory=dict)
    last_id: dict[Model, int] = field(default_factory=dict)  # given out, and maybe not written yet
    remembered: dict[str, dict[Any, Any]] = field(default_factory=dict)
    expected: int = 1  # how many ids of a table are likely to be wanted


def _of(session: Session) -> RowBatches:
    if not session.in_transaction():
        session.begin()  # whose rollback forgets what waits
    waiting: RowBatches | None = session.info.get("waiting")
    if waiting is None:
        waiting = session.info["waiting"] = RowBatches()
    return waiting


def write(session: Session, table: Model, **values: Any) -> None:
    """Insert a row before whatever comes next. What is not named gets the model's default; nothing is validated."""
    _of(session).rows.setdefault(table, []).append({**_defaults(table), **values})


def write_now(session: Session, table: Model, **values: Any) -> int:
    """Insert a row at once and return the integer primary key that the database gave it."""
    flush(session)
    result = session.connection().execute(_insert(table), {**_defaults(table), **values})
    key: int = (result.inserted_primary_key or (0,))[0]
    return key


def do(session: Session, statement: Executable, values: Values) -> None:
    """Run a statement after the rows that wait. Give the same object for the same statement: they run as one."""
    _of(session).after.setdefault(statement, []).append(values)


def grow(session: Session, table: Model, key: Key, by: int) -> None:
    """Add to the counter column (the last one) of the row with this primary key, which is made where it is missing."""
    _of(session).sums.setdefault(table, Counter())[key] += by


def grow_last(session: Session, table: Model, key: Key, by: int) -> None:
    """As `grow`, but at the commit: for counters that everybody moves and nobody reads in the same transaction. Their
    rows are locked for a moment then, and in the same order by all."""
    _of(session).last.setdefault(table, Counter())[key] += by


def remembered(session: Session, name: str) -> dict[Any, Any]:
    """A dictionary that lasts until the end of the transaction."""
    return _of(session).remembered.setdefault(name, {})


def one_at_a_time(session: Session, *names: str) -> None:
    """Let transactions that give one of the same names wait for each other until their end: two posts of one form, two
    mails of one address."""
    locked = remembered(session, "locked")
    fresh = [name for name in names if name not in locked]
    locked.update(dict.fromkeys(fresh))
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in fresh)
    db.one_at_a_time(session, *(int.from_bytes(digest, "big", signed=True) for digest in digests))


def expect(session: Session, count: int) -> None:
    """So many rows are likely to come: their ids are fetched in one go."""
    _of(session).expected = max(count, 1)


def next_id(session: Session, table: Model) -> int:
    """The id of a row that will be written, in the order in which the database itself would give it."""
    waiting = _of(session)
    given = next(waiting.ids.get(table, iter(())), None)
    if given is None:
        waiting.ids[table] = iter(_fetch_ids(session, table, waiting.expected, waiting.last_id.get(table, 0)))
        given = next(waiting.ids[table])
    waiting.last_id[table] = given
    return given


def _fetch_ids(session: Session, table: Model, count: int, last_given: int) -> Sequence[int]:
    flush(session)
    columns = _table(table).c
    if is_sqlite(session):  # the only writer until the end of this transaction
        last = max(session.connection().scalar(select(func.max(columns.id))) or 0, last_given)
        if table is Tip:  # a token in a mail names the tip for ever: who is erased must not come back as another
            last = max(last, session.connection().scalar(select(func.max(col(ErasedTip.tip_id)))) or 0)
        return range(last + 1, last + 1 + count)
    sequence = func.pg_get_serial_sequence(_table(table).name, "id")
    numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return sorted(session.connection().scalars(numbers))


def flush(session: Session) -> None:
    """Write what waits. Called by the session itself before it reads, flushes or commits."""
    waiting: RowBatches | None = session.info.get("waiting")
    if waiting is None or not (waiting.rows or waiting.after or waiting.sums):
        return
    rows, after, sums = waiting.rows, waiting.after, waiting.sums
    waiting.rows, waiting.after, waiting.sums = {}, {}, {}
    connection = session.connection()
    for table in sorted(rows, key=_order):
        connection.execute(_insert(table), rows[table])
    for statement, values in after.items():
        connection.execute(statement, values)
    for table, changes in sums.items():
        _write_sums(session, table, changes)


def _write_sums(session: Session, table: Model, changes: Counter[Key]) -> None:
    # In one order always, or two who move the same counters wait for each other for ever.
    grown = [dict(zip(_sum_columns(table), (*key, by), strict=True)) for key, by in sorted(changes.items()) if by]
    if grown:
        session.connection().execute(_upsert(table, sqlite_=is_sqlite(session)), grown)


def flush_last(session: Session) -> None:
    """Write everything that waits, what `grow_last` keeps for the commit too."""
    flush(session)
    if waiting := session.info.get("waiting"):
        last, waiting.last = waiting.last, {}
        for table in sorted(last, key=_order):
            _write_sums(session, table, last[table])


def _before_commit(session: Session) -> None:
    session.flush()  # objects whose verbs count are written before their counts
    flush_last(session)


def _before(session: Session, *_: Any) -> None:
    flush(session)


def _before_query(state: Any) -> None:
    flush(state.session)


def _forget_ids(session: Session, *_: Any) -> None:
    """After objects were flushed, whose ids came from the database."""
    if waiting := session.info.get("waiting"):
        waiting.ids.clear()
        waiting.last_id.clear()


def _forget_all(session: Session, ended: Any = None) -> None:
    if ended is None or not ended.nested:
        session.info.pop("waiting", None)


_LISTENERS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("do_orm_execute", _before_query),
    ("before_flush", _before),
    ("before_commit", _before_commit),
    ("after_flush", _forget_ids),
    ("after_commit", _forget_all),
    ("after_soft_rollback", _forget_all),
)
for _name, _listener in _LISTENERS:
    event.listen(Session, _name, _listener)


def _table(table: Model) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


@lru_cache(maxsize=64)
def _insert(table: Model) -> Insert:
    return insert(_table(table))


@lru_cache(maxsize=8)
def _upsert(table: Model, *, sqlite_: bool) -> Executable:
    names = _sum_columns(table)
    statement: Any = (sqlite if sqlite_ else postgresql).insert(_table(table))
    total = _table(table).c[names[-1]] + statement.excluded[names[-1]]
    made: Executable = statement.on_conflict_do_update(index_elements=names[:-1], set_={names[-1]: total})
    return made


@lru_cache(maxsize=8)
def _sum_columns(table: Model) -> tuple[str, ...]:
    key = tuple(column.name for column in _table(table).primary_key)
    return (*key, *(column.name for column in _table(table).c if column.name not in key))


@lru_cache(maxsize=64)
def _order(table: Model) -> int:
    """Tables that others point to come first."""
    return SQLModel.metadata.sorted_tables.index(_table(table))


@lru_cache(maxsize=64)
def _defaults(table: Model) -> Values:
    """What a column holds that is not named. Read-only: lists among them are never changed in place."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in table.model_fields.items()
        if not field.is_required() and not (name == "id" and field.default is None)
    }
