"""What commands share: which settings, an open database, and how what is wrong is said."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
from sqlalchemy.exc import OperationalError

from tipline.config import Settings, load, open_database
from tipline.db import Database, is_current
from tipline.errors import TiplineError
from tipline.jobs import forgetting

Given = ParamSpec("Given")
UNREACHABLE = "data.url: the database does not answer, or takes nothing in; `tipline doctor` says more"


def told(command: Callable[Given, None]) -> Callable[Given, None]:
    """What tipline itself finds wrong is one sentence and exit code 1, never a traceback."""

    @wraps(command)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except TiplineError as error:
            raise click.ClickException(str(error)) from None
        except OperationalError:
            raise click.ClickException(UNREACHABLE) from None

    return run


def config_of(context: click.Context) -> Path | None:
    """The settings' file that was named, or lies here."""
    found: Path | None = context.find_root().obj
    return found


def begin(context: click.Context) -> Settings:
    """Settings and a migrated database, before anything is served: what is wrong is said here, once."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = load(config_of(context))
    with opened(settings) as database:
        if not is_current(database.engine):
            _migrate(database)
        if count := forgetting.again(database):
            logging.getLogger("tipline").warning("%d erased tips were in the database again; erased again", count)
    return settings


def _migrate(database: Database) -> None:
    from tipline.schema import migrate  # here, since it brings more than all else that a worker needs

    for revision in migrate(database.engine):
        logging.getLogger("tipline").info("migrated to %s", revision)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    try:
        yield database
    finally:
        database.engine.dispose()
