"""A job of the worker: says of tips that the day has come on which somebody wanted to come back to them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tipline.core.tips import reminders
from tipline.db import Database, now


@dataclass(frozen=True, slots=True)
class Reminding:
    """`zone`: whose days they are, the newsroom's (IANA name)."""

    database: Database
    zone: str

    def run(self, at: datetime | None = None) -> bool:
        """Tell of all whose day has come, tip by tip; True where there may be more."""
        today = (at or now()).astimezone(ZoneInfo(self.zone)).date()
        with self.database.reading() as session:
            due = reminders.due(session, today)
        told = 0
        for tip_id in due:
            with self.database.writing() as session:
                told += reminders.tell(session, tip_id, today)
                session.commit()
        return told > 0
