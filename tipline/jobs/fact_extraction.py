"""A job of the worker: reads tips for facts to suggest, some at a time, after everything that people wait for."""

import logging
import time
from dataclasses import dataclass

from sqlmodel import Session

from tipline.core.facts import fact_reading
from tipline.core.facts.fact_reading import ReadFacts
from tipline.db import Database

log = logging.getLogger("tipline.noticing")

BATCH = 50  # tips in one transaction
SECONDS = 0.5  # of reading, between two looks at what else is due: mail does not wait longer


@dataclass
class Noticing:
    database: Database

    def run(self) -> bool:
        """Read some of the tips that were not read yet; True where there may be more."""
        with self.database.reading() as session:
            due = fact_reading.waiting(session, BATCH)
            told: dict[int, ReadFacts] = {}
            end = time.monotonic() + SECONDS
            for tip_id in due:
                if (found := _read(session, tip_id)) is not None:
                    told[tip_id] = found
                if time.monotonic() > end:
                    break
        if not told:
            return False
        with self.database.writing() as session:
            taken = fact_reading.take_in(session, told)
            session.commit()
        return taken > 0 and (len(due) == BATCH or len(told) < len(due))


def _read(session: Session, tip_id: int) -> ReadFacts | None:
    """One tip. Whatever its text does to the reading of it, those behind it are read too."""
    try:
        return fact_reading.prepare(session, tip_id)
    except (ArithmeticError, LookupError, RecursionError, ValueError) as error:
        log.error("facts of tip %d: %s", tip_id, type(error).__name__)
        return fact_reading.unread(session, tip_id)
