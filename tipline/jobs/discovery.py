"""What is new in a mailbox's folders: written down before anything is fetched, the newest first where it is much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from tipline.core import mailboxes
from tipline.errors import MailboxUnreachable
from tipline.jobs.lease import Lease
from tipline.mail.source import MailSource
from tipline.models import Epoch

LISTED_AT_ONCE = 2000  # messages a commit


@dataclass
class Folder:
    """A folder as this look found it. `fresh`: keys that were seen for the first time, in the folder's order."""

    epoch: Epoch
    highest: int  # UID
    on_server: int
    fresh: list[str]
    whole: bool  # every message of it is in the ledger; else the next look goes on
    closed: bool = False  # too much of it breaks: no more of it in this look
    tried: set[int] = field(default_factory=set)  # rows that this look has tried to fetch

    @property
    def epoch_id(self) -> int:
        assert self.epoch.id is not None
        return self.epoch.id


@dataclass
class Discovery:
    """The folders of one mailbox, one after another. `over`: time to let others have their turn."""

    lease: Lease
    source: MailSource
    largest: int
    compare: bool
    over: Callable[[], bool]
    broken: list[MailboxUnreachable] = field(default_factory=list)  # of folders; the others are read all the same

    def folders(self) -> list[Folder]:
        """All that can be read. With `compare`, each was held against the ledger as a whole."""
        found = []
        names = list(self.source.folders())
        for name in names:
            try:
                found.append(self._folder(name))
            except MailboxUnreachable as error:
                self.broken.append(error)
                self.source.renew()  # raises where the whole mailbox is away
        if self.compare and not self.broken and all(folder.whole for folder in found):
            on_server = sum(folder.on_server for folder in found)
            self.lease.commit(mailboxes.compared, self.lease.id, names, on_server)
        return found

    def _folder(self, name: str) -> Folder:
        uidvalidity = self.source.enter(name)
        with self.lease.database.reading() as session:
            epoch = mailboxes.current_epoch(session, self.lease.id, name)
        if epoch is None or epoch.uidvalidity != uidvalidity:
            epoch = self.lease.commit(mailboxes.begin_epoch, self.lease.id, name, uidvalidity)
        assert epoch.id is not None
        keys = self.source.keys(1 if self.compare else epoch.low)
        with self.lease.database.reading() as session:
            new = mailboxes.unknown(session, epoch.id, keys)
        fresh, left = self._write_down(epoch, keys, new)
        highest = max((int(key) for key in keys), default=0) if self.source.numbered else 0
        return Folder(epoch, highest, len(keys) - len(new) + len(fresh), fresh, whole=not left)

    def _write_down(self, epoch: Epoch, keys: Sequence[str], new: Sequence[str]) -> tuple[list[str], bool]:
        """Rows for what is new, the newest first; those that have one now, and whether time ran out before the end."""
        fresh: list[str] = []
        end = len(new)
        while end or (self.compare and not fresh):
            begin = max(0, end - LISTED_AT_ONCE)
            listed = [(one.key, one.size) for one in self.source.sizes(new[begin:end])]
            against = keys if self.compare and end == len(new) else None
            if listed or against is not None:
                self.lease.commit(_discovered, epoch, listed, self.largest, against)
            fresh[:0] = [key for key, _ in listed]
            end = begin
            if not end or self.over():
                break
        return fresh, end > 0


def _discovered(
    session: Session, epoch: Epoch, listed: Sequence[tuple[str, int]], largest: int, against: Sequence[str] | None
) -> None:
    if against is not None:
        mailboxes.compare(session, epoch, against, largest)
    if listed:
        mailboxes.discover(session, epoch, listed, largest)
