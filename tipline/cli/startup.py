"""An open database for commands, and one made ready to serve."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from tipline.config import Settings
from tipline.db import Database, is_current
from tipline.errors import SettingsError
from tipline.jobs import after_erasure
from tipline.resources import make_folders, open_database

UNREACHABLE = "data.url: the database does not answer, or takes nothing in; `tipline doctor` says more"


def prepare(settings: Settings) -> None:
    """Make the folders, bring the database up to this version, and erase again what a restored backup brought back."""
    make_folders(settings)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with opened(settings) as database:
        if not is_current(database.engine):
            _migrate(database)
        if count := after_erasure.again(database):
            logging.getLogger("tipline").warning("%d erased tips were in the database again; erased again", count)


def _migrate(database: Database) -> None:
    from tipline.schema import migrate  # here, since it brings more than all else that a worker needs

    for revision in migrate(database.engine):
        logging.getLogger("tipline").info("migrated to %s", revision)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database; SettingsError where it does not answer."""
    with reached():
        database = open_database(settings)
        try:
            yield database
        finally:
            database.engine.dispose()


@contextmanager
def reached() -> Iterator[None]:
    """A database that does not answer is something that its settings' owner is told."""
    try:
        yield
    except OperationalError:
        raise SettingsError(UNREACHABLE) from None
