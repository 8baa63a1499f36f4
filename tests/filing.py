"""The worker's turns at the spool, one after the other."""

from tipline.db import Database
from tipline.spool import Spool


def file_all(database: Database) -> None:
    """File what waits, as far as the database takes it in."""
    while Spool.of(database).file(database):
        pass
