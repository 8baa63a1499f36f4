"""What every page of the desk asks for and few changes touch, from memory where it still stands."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

from flask import Flask, current_app, g
from sqlmodel import SQLModel

from tipline.cache import SECONDS, TableCache, tables_read, was_read

T = TypeVar("T")


def init(app: Flask) -> None:
    app.extensions["tipline.cache"] = TableCache(app.extensions["tipline"].database.engine)


def change() -> int:
    """The number of the last change: to be noted before a transaction begins from which something is kept."""
    return _memory().change


def of(
    name: str,
    make: Callable[[], T],
    *whose: Hashable,
    lags: Sequence[type[SQLModel]] = (),
    seconds: float = SECONDS,
    version: object = None,
) -> T:
    """What `make` reads with the request's reading session, from memory where that still stands.

    `whose`: for whom or what it is made. `lags`: tables whose changes may show `seconds` later, since they change all
    the time. Rows may be kept, for looking at: they are complete, and of no session later.
    """
    memory, key = _memory(), (name, *whose)
    kept = memory.find(key, version)
    if kept is None:
        since: int = g.get("reading_since", memory.change)
        with tables_read() as tables:
            value = make()
        tables.difference_update(str(table.__tablename__) for table in lags)
        kept = memory.keep(key, value, frozenset(tables), since, seconds, version)
    was_read(kept.tables)
    return cast(T, kept.value)


def _memory() -> TableCache:
    return cast(TableCache, current_app.extensions["tipline.cache"])
