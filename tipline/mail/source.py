"""A mailbox as the worker sees it, whichever kind it is: what lies in its folders, and the bytes of it.

Reading changes nothing: no flag, no name, no place of any message. What can't be read now raises MailboxUnreachable.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

HEAD_BYTES = 16_384  # of the header lines that are read of a message that is not fetched
WHOLE_HEAD_BYTES = 65_536  # of a whole header that is read without its message


@dataclass(frozen=True, slots=True)
class Listed:
    """One message of a folder: its key (UID, or a Maildir's unique name) and how many bytes it is said to have; 0 where
    the server lists it and says nothing of it."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message's raw bytes. `size_differs`: twice, on two connections, they were not as many as announced."""

    key: str
    raw: bytes = field(repr=False)
    size_differs: bool = False


class MailSource(Protocol):
    """One configured mailbox, open for the length of a `with` block.

    `numbered`: its keys are UIDs, which only grow, so that a look may begin where the last one ended.
    """

    numbered: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def here(self) -> str:
        """The folder that was entered last, "" where the connection was lost since."""

    def renew(self) -> None:
        """Connect anew after an error. MailboxUnreachable where the server lets nobody in."""

    def folders(self) -> Sequence[str]:
        """The folders that are read."""

    def enter(self, folder: str) -> int:
        """Turn to a folder, which the methods below then speak of; returns its UIDVALIDITY. Connects where needed."""

    def keys(self, low: int) -> list[str]:
        """The keys that are not below `low`, oldest first; 1 gives all. Where keys are names, always all."""

    def sizes(self, keys: Sequence[str]) -> list[Listed]:
        """The announced sizes. Whoever has gone meanwhile is left out."""

    def heads(self, keys: Sequence[str]) -> dict[str, bytes]:
        """From, Subject and Date as header lines, at most HEAD_BYTES a message; who gives none is left out."""

    def fetch(self, wanted: Sequence[Listed]) -> list[Fetched]:
        """The bytes of exactly these messages. FetchMismatch where one is missing, empty-handed or of another size."""

    def fetch_alone(self, wanted: Listed) -> Fetched | None:
        """As `fetch`, after a mismatch, on a new connection: None where it has gone; another size is flagged.

        FetchMismatch where the server lets us in and still gives no bytes of it: it refuses, falls silent, cuts the
        line, or says nothing of a message that it lists.
        """
