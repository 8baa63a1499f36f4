"""A job of the worker: puts new tips with those like them."""

from dataclasses import dataclass

from tipline.core.similar import clusters
from tipline.db import Database

BATCH = 25  # tips in one transaction


@dataclass
class Piling:
    database: Database

    def run(self) -> bool:
        """Look at some of the tips that nobody looked at; True where there may be more."""
        with self.database.reading() as session:
            due = clusters.waiting(session, BATCH)
            told = clusters.prepare(session, due) if due else {}
        if not told:
            return False
        with self.database.writing() as session:
            taken = clusters.take_in(session, told)
            session.commit()
        return taken > 0 and len(due) == BATCH
