"""Words of a reader that are made safe, and their files after them: in the database, and in the spool where it takes
nothing in now. For a callout's form (submit.py) and for what is added on a reader's page (adding.py)."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from tipline.core.arrival import Arrival, Attached
from tipline.core.intake import Filed, submissions
from tipline.db import OUT_OF_REACH
from tipline.errors import Refused, SealBroken
from tipline.spool import Spool
from tipline.web.guards import write


class NoRoom(Exception):
    """Neither database nor spool can take anything now. What was typed is in the post and goes back to its reader."""


@dataclass
class FiledWords:
    """`key` names the words once they are safe (`intake.submission_key`), `filed` says where they are; None where they,
    or what followed them, went to the spool. `code_hash` is what they wait under there, where that is
    not made of the key."""

    spool: Spool
    code_hash: str = ""
    key: str = ""
    filed: Filed | None = None

    def take(self, arrival: Arrival, file: Callable[[Session, Arrival], Filed]) -> bool:
        """Make words safe; whether the database took them. Refused or OSError where the spool does not either."""
        try:
            with write() as session:
                filed = file(session, arrival)
                session.commit()
        except OUT_OF_REACH:
            if not arrival.submission_id:  # nothing would tell them from the same sent again
                raise
            self.spool_words(arrival)
            return False
        self.filed, self.key = filed, filed.submission_key
        return True

    def spool_words(self, arrival: Arrival) -> None:
        """Let words wait in the spool. Refused or OSError where the disk does not take them."""
        self.key = self.spool.put_words(arrival, self.code_hash)

    def attach(self, attached: Attached) -> bool:
        """A file to its words, which are safe: what goes wrong here costs the file alone. Whether it is safe too."""
        try:
            if self.filed is not None:
                try:
                    with write() as session:
                        submissions.attach(session, self.filed, attached)
                        session.commit()
                    return True
                except OUT_OF_REACH:
                    if not self.key:
                        return False
                    self.filed = None  # the files behind this one follow without a wait
            self.spool.put_file(self.key, attached, self.code_hash)
        except (Refused, SealBroken, OSError):
            return False
        return True
