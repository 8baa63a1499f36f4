"""What a reader adds on their own page, from its first word to its last file.

Words first, each file after them. What the database can't take now goes to the spool, under the reader's own code; so
does what is added while nobody can ask the database whose page it is, if the page was one of ours.
"""

from dataclasses import dataclass

from tipline.core.arrival import Arrival
from tipline.core.intake import submissions
from tipline.db import OUT_OF_REACH
from tipline.errors import Refused
from tipline.spool import Spool
from tipline.web.place import place
from tipline.web.public.filing import FiledWords, NoRoom
from tipline.web.uploads import Posted


@dataclass
class Addition:
    """A post of a reader's page that passed; `code_hash` is that of the page."""

    arrival: Arrival
    posted: Posted
    code_hash: str

    def __post_init__(self) -> None:
        self._taking = FiledWords(Spool.of(place().database), self.code_hash)
        self._safe = False  # whether the words are
        self._left_out: list[str] = []

    def send(self) -> bool:
        """Make all of it safe; whether there was anything. NoRoom where nothing takes the words in."""
        try:
            if self.arrival.text:
                self._take_words()
            for upload in self.posted.files():
                self._left_out.append(upload.attachment.name)  # until it is safe
                if not self._safe:
                    self._take_words()
                if self._taking.attach(upload.attachment):
                    self._left_out.pop()
        except (*OUT_OF_REACH, Refused, OSError):
            self.posted.drop_files()
            raise NoRoom from None
        return self._safe

    @property
    def left_out(self) -> list[str]:
        """The names of the files that did not come through."""
        return [*self._left_out, *self.posted.left_out]

    def _take_words(self) -> None:
        if self.arrival.tip_id is None:
            self._taking.spool_words(self.arrival)
        else:
            self._taking.take(self.arrival, submissions.add)
        self._safe = True
