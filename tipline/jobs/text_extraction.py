"""Reads the words inside files, after they were filed: no file costs a tip, or the worker its life."""

import atexit
import time
from dataclasses import dataclass

from tipline.core.search import text_extraction
from tipline.db import Database
from tipline.errors import NotVisible, SealBroken
from tipline.jobs import text_extractor
from tipline.models import Extraction
from tipline.sandbox import Sandbox

BATCH = 20  # files
TURN_SECONDS = 5.0  # then mailboxes and outbox have their turn
SECONDS = text_extractor.SECONDS + 5.0
BECAME = {
    text_extractor.DONE: Extraction.DONE,
    text_extractor.NOTHING: Extraction.NOTHING,
    text_extractor.FAILED: Extraction.FAILED,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A job of the worker: read what waits."""

    database: Database
    sandbox: Sandbox

    @classmethod
    def of(cls, database: Database) -> "Reading":
        sandbox = Sandbox("tipline.jobs.text_extractor", SECONDS)
        atexit.register(sandbox.close)
        return cls(database, sandbox)

    def run(self) -> bool:
        """Read some files; True where more may wait."""
        with self.database.reading() as session:
            due = text_extraction.due(session, BATCH)
        until = time.monotonic() + TURN_SECONDS
        for file_id in due:
            self._read(file_id)
            if time.monotonic() > until:
                break
        return bool(due)

    def _read(self, file_id: int) -> None:
        extraction, words = self._words(file_id)
        with self.database.writing() as session:
            text_extraction.record(session, file_id, extraction, words)
            session.commit()

    def _words(self, file_id: int) -> tuple[Extraction, str]:
        try:
            with self.database.reading() as session:
                found = text_extraction.content(session, file_id)
            if isinstance(found, Extraction):
                return found, ""
            answer = self.sandbox.ask(*found) or text_extractor.FAILED
        except (SealBroken, OSError, NotVisible):  # its bytes are gone or damaged, or the disk does not give them
            answer = text_extractor.FAILED
        return BECAME.get(answer[:1], Extraction.FAILED), answer[1:].decode("utf-8", "replace")
