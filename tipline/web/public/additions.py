"""What a reader adds on their own page, from its first word to its last file.

Words first, each file after them. What the database can't take now goes to the spool, under the reader's own code; so
does what is added while nobody can ask the database whose page it is, if the page was one of ours.
"""

from dataclasses import dataclass

from tipline.core.arrival import Arrival
from tipline.core.intake import submissions
from tipline.db import OUT_OF_REACH
from tipline.errors import Refused
from tipline.web.public import filing
from tipline.web.public.filing import NoRoom, SafeWords
from tipline.web.uploads import Posted


@dataclass
class Addition:
    """A post of a reader's page that passed; `code_hash` is that of the page."""

    arrival: Arrival
    posted: Posted
    code_hash: str

    def __post_init__(self) -> None:
        self._left_out: list[str] = []

    def send(self) -> bool:
        """Make all of it safe; whether there was anything. NoRoom where nothing takes the words in."""
        try:
            words = self._filed() if self.arrival.text else None
            for upload in self.posted.files():
                self._left_out.append(upload.attachment.name)  # until it is safe
                words, is_safe = (words or self._filed()).attach(upload.attachment)
                if is_safe:
                    self._left_out.pop()
        except (*OUT_OF_REACH, Refused, OSError):
            self.posted.drop_files()
            raise NoRoom from None
        return words is not None

    @property
    def left_out(self) -> list[str]:
        """The names of the files that did not come through."""
        return [*self._left_out, *self.posted.left_out]

    def _filed(self) -> SafeWords:
        if self.arrival.tip_id is None:
            return filing.spool_words(self.arrival, self.code_hash)
        return filing.file_words(self.arrival, submissions.add, self.code_hash)
