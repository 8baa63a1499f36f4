"""One poll of one mailbox, in the order of the intake contract: what a reader sent is durable before anything
parses it, and filed before it counts as done.

    discovered | attempt | fetched and stored | attempt | parsed and filed        each | is a commit

A process that dies between two commits loses nothing: the next poll goes on from the ledger. Each commit asks first
whether the mailbox is still ours (lease.py).
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from tipline.core import intake, mailboxes
from tipline.core.arrival import Arrival
from tipline.core.intake import bounces, mail_routing
from tipline.core.mailboxes import ledger, ledger_steps
from tipline.core.mailboxes.ledger_steps import FiledMessage, PendingMessage, RawBytes
from tipline.core.outgoing_mail import auto_replies
from tipline.core.outgoing_mail.auto_replies import AutoReply, AutoReplySettings
from tipline.db import OUT_OF_REACH, Database, is_full
from tipline.errors import FetchMismatch, LostLease, MailboxUnreachable, Refused, SettingsError
from tipline.jobs.discovery import Discovery, Folder
from tipline.jobs.lease import Lease, new_holder
from tipline.jobs.parsing import Outcome, Parser, shared
from tipline.mail.bearer import Token
from tipline.mail.imap import PROTOCOL, ImapMailbox
from tipline.mail.maildir import Maildir
from tipline.mail.source import Fetched, Listed, MailSource
from tipline.mail_settings import MailboxSettings

log = logging.getLogger("tipline.poll")

MESSAGES_AT_ONCE = 50  # a commit; 200 gains nothing more
BYTES_AT_ONCE = 8_000_000
FIRST_PAGE = 200  # of an inbox that is connected with years of mail: the newest are on the desk before the rest
MESSAGES_PER_POLL = 1000
BROKEN_IN_A_ROW = 10  # messages that can't be fetched; then it is the folder, and the others are read first
POLL_SECONDS = 20.0  # of one poll; then the outbox and the other mailboxes have their turn

# Faults of ours rather than of a message: it is tried again, and the try does not count.
OURS = (*OUT_OF_REACH, OSError, Refused)

Given = ParamSpec("Given")
Result = TypeVar("Result")
Raw = tuple[int, bytes]  # ledger row, bytes
Read = tuple[int, Outcome]  # ledger row, and what the parser made of it


def open_mailbox(settings: MailboxSettings, token: Token | None = None) -> MailSource:
    """The mailbox of the settings, to be entered with `with`. `token`: see `tokens.of_mailbox`."""
    if settings.kind == "imap":
        return ImapMailbox(settings, token)
    if settings.path is None:
        raise SettingsError("path: a maildir needs the path of its folder")
    return Maildir(settings.path, settings.folders)


@dataclass
class PollRun:
    """One poll of a mailbox. `compare`: hold every key of the server against the ledger, as at start, after errors and
    hourly."""

    database: Database
    name: str
    settings: MailboxSettings
    largest: int  # bytes of a message
    compare: bool = False
    stopped: Callable[[], bool] = lambda: False
    token: Token | None = None
    own_domains: Sequence[str] = ()  # of the newsroom's own people
    auto_reply: AutoReplySettings | None = None  # how it answers by itself
    holder: str = field(default_factory=new_holder)
    parser: Parser = field(default_factory=shared)
    given: list[int] = field(default_factory=list)  # rows that the parser is reading
    left: int = field(default_factory=lambda: MESSAGES_PER_POLL)
    whole: bool = False  # every message on the server is in the ledger
    broken: int = 0  # messages that could not be fetched, since one could
    troubles: list[Exception] = field(default_factory=list)  # of a part of it; the rest is read all the same
    partial: bool = False  # what `run` raised is no reason to read the rest later
    more: bool = False  # time ran out before everything was taken in
    lease: Lease = field(init=False)
    ends_at: float = field(default_factory=lambda: time.monotonic() + POLL_SECONDS)

    def run(self) -> bool:
        """Take in what there is; True where time ran out before everything was.

        Raises LeaseTaken where another worker is at it, MailboxUnreachable, and whatever goes wrong on our own side.
        What breaks one folder or one message is raised after all others were read (`partial`).
        """
        with Lease(self.database, self.name, self.holder) as self.lease:
            self._give_up()
            self.more = self._file_stored()
            with open_mailbox(self.settings, self.token) as source:
                discovery = Discovery(self.lease, source, self.largest, self.compare, self._half_over)
                found = discovery.folders()
                self.troubles += discovery.broken
                self.whole = not discovery.broken and all(folder.whole for folder in found)
                # What is new has its turn before what waits, and what was tried before comes last: it may take long.
                for step in (self._fetch_new, self._fetch_waiting, self._fetch_tried):
                    self._in_each(source, found, step)
                self.more = self.more or any(not folder.whole for folder in found)
                self._give_up()
                self._in_each(source, found, self._fetch_heads)
            if self.troubles:
                self.partial = bool(found)
                raise self.troubles[0]
            if self._unwell():
                self._commit(mailboxes.well, self.lease.id)
        return self.more

    def _in_each(self, source: MailSource, found: list[Folder], step: Callable[[MailSource, Folder], bool]) -> None:
        """Take a step in each folder. One that breaks is left out from then on; raises where the mailbox is away."""
        for folder in list(found):
            try:
                self.more = step(source, folder) or self.more
            except MailboxUnreachable as error:
                self.troubles.append(error)
                found.remove(folder)
                self._renew(source, error)

    def _renew(self, source: MailSource, broke: MailboxUnreachable) -> None:
        """Connect anew after an error. Where that fails too, the first says better what is wrong."""
        try:
            source.renew()
        except MailboxUnreachable:
            raise broke from None

    def _give_up(self) -> None:
        if self._tried_often():
            self._commit(ledger_steps.give_up, self.lease.id)

    def _tried_often(self) -> bool:
        with self.database.reading() as session:
            return ledger_steps.tried_often(session, self.lease.id)

    def _unwell(self) -> bool:
        with self.database.reading() as session:
            return mailboxes.mailbox(session, self.name).error != ""

    def _fetch_new(self, source: MailSource, folder: Folder) -> bool:
        """What this poll saw for the first time; of very much (an old inbox was connected) the newest page."""
        if not folder.fresh:
            return False
        page = folder.fresh if len(folder.fresh) <= FIRST_PAGE else folder.fresh[: -FIRST_PAGE - 1 : -1]
        with self.database.reading() as session:
            rows = ledger_steps.of_keys(session, folder.epoch_id, page)
        return self._fetch(source, folder, lambda: _batch([one for one in rows if one.id not in folder.tried]))

    def _fetch_waiting(self, source: MailSource, folder: Folder) -> bool:
        """What earlier polls left and never tried, the oldest first."""
        return self._fetch_left(source, folder, tried=False)

    def _fetch_tried(self, source: MailSource, folder: Folder) -> bool:
        """What was tried before, the least often tried first."""
        return self._fetch_left(source, folder, tried=True)

    def _fetch_left(self, source: MailSource, folder: Folder, *, tried: bool) -> bool:
        with self.database.reading() as session:
            limit = max(0, self.left) + len(folder.tried) + 1
            rows = ledger_steps.to_fetch(session, folder.epoch_id, limit, numbered=source.numbered)
        rows = [one for one in rows if one.id not in folder.tried and (tried or not one.attempts)]
        more = len(rows) > max(0, self.left)
        rows = rows[: max(0, self.left)]
        if self._fetch(source, folder, lambda: _batch([one for one in rows if one.id not in folder.tried])) or more:
            return True
        if tried and source.numbered and folder.whole and (folder.tried or folder.highest >= folder.epoch.low):
            self._commit(mailboxes.finished, folder.epoch, folder.highest)
        return False

    def _fetch(self, source: MailSource, folder: Folder, following: Callable[[], list[PendingMessage]]) -> bool:
        """Fetch, store and file batch after batch of a folder; True where time ran out, or the share of one poll."""
        with self._filing():
            batch = self._choose(folder, following)
            self._count(batch)
            while batch:
                if not self._turned_to(source, folder):
                    return True
                try:
                    found = list(zip(batch, source.fetch([Listed(one.key, one.size) for one in batch]), strict=True))
                    self.broken = 0
                except (FetchMismatch, MailboxUnreachable) as error:
                    found = list(self._one_by_one(source, folder, batch, error))
                batch = self._choose(folder, following)
                self._give(self._store(found, batch))
        return self._over() or self.left <= 0

    def _choose(self, folder: Folder, following: Callable[[], list[PendingMessage]]) -> list[PendingMessage]:
        """The next batch, none where time ran out."""
        if self._over() or self.left <= 0 or folder.closed:
            return []
        batch = following()
        self.left -= len(batch)
        folder.tried.update(one.id for one in batch)
        return batch

    def _fetch_heads(self, source: MailSource, folder: Folder) -> bool:
        """Sender and subject of what is not fetched, so that an editor can tell whether it matters."""
        with self.database.reading() as session:
            rows = ledger_steps.without_head(session, folder.epoch_id, MESSAGES_AT_ONCE)
        if not rows or self.stopped() or not self._turned_to(source, folder):
            return False
        try:
            heads = source.heads([one.key for one in rows])
        except MailboxUnreachable:
            heads = self._heads_one_by_one(source, folder, rows)
        self._commit(ledger_steps.keep_heads, {one.id: heads.get(one.key, b"") for one in rows})
        return False

    def _heads_one_by_one(self, source: MailSource, folder: Folder, rows: Sequence[PendingMessage]) -> dict[str, bytes]:
        """After an error: a message whose bytes break the line may break it with its header lines, too."""
        heads: dict[str, bytes] = {}
        for one in rows:
            source.renew()
            if self._over() or not self._turned_to(source, folder):
                break
            with contextlib.suppress(MailboxUnreachable):
                heads |= source.heads([one.key])
        source.renew()
        return heads

    def _turned_to(self, source: MailSource, folder: Folder) -> bool:
        """Whether the folder is still in the life that it was found in."""
        if source.here == folder.epoch.folder:
            return True
        return source.enter(folder.epoch.folder) == folder.epoch.uidvalidity

    def _one_by_one(
        self, source: MailSource, folder: Folder, batch: Sequence[PendingMessage], broke: Exception
    ) -> Iterator[tuple[PendingMessage, Fetched]]:
        """After an error: each on a new connection. Whoever gives no bytes now waits for the next poll.

        MailboxUnreachable where the server lets nobody in. Where many fail in a row it is hardly their fault: the rest
        of the folder waits for the next poll.
        """
        for one in batch:
            if self._over():
                break
            try:
                fetched = source.fetch_alone(Listed(one.key, one.size))
            except FetchMismatch as error:
                log.warning("mailbox %s, row %d: can't be fetched (%s)", self.name, one.id, error)
                self.broken += 1
                if self.broken >= BROKEN_IN_A_ROW:
                    folder.closed = True
                    self.troubles.append(MailboxUnreachable("protocol", PROTOCOL))
                    break
                continue
            except MailboxUnreachable as error:
                raise (broke if isinstance(broke, MailboxUnreachable) else error) from None
            self.broken = 0
            if fetched is None:
                self._commit(ledger_steps.gone, self.lease.id, one.id)
            else:
                yield one, fetched

    def _store(self, found: Sequence[tuple[PendingMessage, Fetched]], then: Sequence[PendingMessage]) -> list[Raw]:
        """Keep the bytes; the same commit counts the try of those that are fetched `then`."""
        raws = [
            RawBytes(waiting.id, fetched.raw, ("size_differs",) if fetched.size_differs else ())
            for waiting, fetched in found
        ]
        try:
            new = set(self._commit(ledger_steps.store, self.lease.id, raws, [one.id for one in then]))
        except OURS as error:
            if is_full(error):
                new = self._store_each(raws)
                self._count(then)
            else:  # no try of theirs: else a fault of ours would set them aside
                with contextlib.suppress(SQLAlchemyError, LostLease):
                    self._commit(ledger_steps.take_attempt_back, [one.ledger_id for one in raws])
                raise
        return [(one.ledger_id, one.content) for one in raws if one.ledger_id in new]

    def _store_each(self, raws: Sequence[RawBytes]) -> set[int]:
        """Where the disk is full, or nearly: what still fits. A large mail must not keep the small ones waiting."""
        new: set[int] = set()
        for one in raws:
            try:
                new.update(self._commit(ledger_steps.store, self.lease.id, [one]))
            except OURS as error:
                self._no_room(error, one.ledger_id)
        return new

    def _no_room(self, error: Exception, ledger_id: int) -> None:
        """This one waits until there is room, which is raised when the others are done; any other fault at once."""
        with contextlib.suppress(SQLAlchemyError):
            self._commit(ledger_steps.take_attempt_back, [ledger_id])
        if not is_full(error):
            raise error
        self.troubles.append(error)

    def _file_stored(self) -> bool:
        """File what lies in the ledger already: a process died, or somebody asked for a new try."""
        tried: set[int] = set()
        with self._filing():
            while batch := self._next(tried, ledger_steps.to_file, self.lease.id):
                if self._over():
                    return True
                tried.update(one.id for one in batch)
                raws = self._originals(batch)
                self._count(batch)
                self._give(raws, alone=batch[0].attempts > 0)
        return False

    def _originals(self, batch: Sequence[PendingMessage]) -> list[Raw]:
        raws: list[Raw] = []
        with self.database.reading() as session:
            for one in batch:
                try:
                    raws.append((one.id, ledger.original(session, one.id)))
                except Exception as error:  # noqa: BLE001  one that does not open must not block the others
                    log.error("mailbox %s, row %d: %s", self.name, one.id, type(error).__name__)
        return raws

    @contextlib.contextmanager
    def _filing(self) -> Iterator[None]:
        """What is given to the parser inside is filed at the end, also where the mailbox failed meanwhile."""
        try:
            yield
        except MailboxUnreachable:
            self._file(self._read())
            raise
        except BaseException:
            self._take_back()
            raise
        self._file(self._read())

    def _give(self, raws: Sequence[Raw], *, alone: bool = False) -> None:
        """Let the parser read these, whose try is counted, and meanwhile file those that it has read by now.

        `alone`: it was tried before. If it ends this process, no other mail shall have been tried with it.
        """
        read = self._read()
        self.given = [row_id for row_id, _ in raws]
        if alone:
            self._file(read)
            read = []
        if raws:
            self.parser.begin([raw for _, raw in raws], self.settings.authserv_ids)
        self._file(self._read() if alone else read)

    def _read(self) -> list[Read]:
        """What the parser made of the batch that it was given. Whoever killed it keeps their try, and goes alone."""
        given, self.given = self.given, []
        read: list[Read] = list(zip(given, self.parser.results(), strict=True)) if given else []
        for row_id, outcome in read:
            if outcome is None or outcome == "crashed":
                log.error("mailbox %s, row %d: %s while parsing", self.name, row_id, outcome or "the parser died")
        return [one for one in read if one[1] is not None]

    def _take_back(self) -> None:
        """The fault was ours: no try of theirs."""
        given, self.given = self.given, []
        self.parser.forget()
        if given:
            with contextlib.suppress(SQLAlchemyError, LostLease):
                self._commit(ledger_steps.take_attempt_back, given)

    def _file(self, read: Sequence[Read]) -> None:
        """File a batch in one commit; where one of them trips, each in a commit of its own."""
        if not read:
            return
        ids = [row_id for row_id, _ in read]
        try:
            self._receive(read)
        except OURS as error:
            if len(read) == 1:
                self._no_room(error, ids[0])
            elif is_full(error):
                for one in read:
                    self._file([one])
            else:
                with contextlib.suppress(SQLAlchemyError):
                    self._commit(ledger_steps.take_attempt_back, ids)
                raise
        except LostLease:
            raise
        except Exception as error:  # whatever a message trips in our own code must not stop the others
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(read) > 1:
                for one in read:
                    self._file([one])
                return
            log.error("mailbox %s, row %d: %s while filing", self.name, ids[0], type(error).__name__)
            self._commit(ledger_steps.quarantine, ids[0], "crashed")

    def _receive(self, read: Sequence[Read]) -> None:
        with self.database.writing() as session:
            self.lease.check(session)
            routes = mail_routing.routes(session, self.settings.callout)
            settled, made, erased = [], list[AutoReply](), list[int]()
            intake.expect(session, [result for _, result in read if isinstance(result, Arrival)])
            for row_id, result in read:
                if not isinstance(result, Arrival):
                    ledger_steps.quarantine(session, row_id, result or "crashed")
                    continue
                if bounces.of_erased(session, result):
                    erased.append(row_id)
                    continue
                arrival = replace(result, callout_id=routes.of(result))
                filed = intake.receive(session, arrival, ledger_id=row_id, own_domains=self.own_domains)
                if filed.new_tip and not filed.spam:  # what looks like spam has a made-up sender, who gets no answer
                    made.append(AutoReply(filed.tip_id, row_id, arrival))
                settled.append(
                    FiledMessage(row_id, filed.tip_id, arrival.headers.message_id if arrival.headers else "")
                )
            ledger_steps.settle_filed(session, self.lease.id, settled)
            if erased:
                ledger_steps.close_erased(session, erased)
            if self.auto_reply is not None:
                auto_replies.answer(session, made, self.auto_reply)
            session.commit()

    def _next(
        self, tried: set[int], waiting: Callable[[Session, int, int], list[PendingMessage]], of: int
    ) -> list[PendingMessage]:
        """The next batch of those not tried in this poll."""
        with self.database.reading() as session:
            rows = [one for one in waiting(session, of, MESSAGES_AT_ONCE + len(tried)) if one.id not in tried]
        return _batch(rows)

    def _count(self, batch: Sequence[PendingMessage]) -> None:
        if batch:
            self._commit(ledger_steps.count_attempt, [one.id for one in batch])

    def _commit(
        self, step: Callable[Concatenate[Session, Given], Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        return self.lease.commit(step, *given, **named)

    def _over(self) -> bool:
        return self.stopped() or time.monotonic() >= self.ends_at

    def _half_over(self) -> bool:
        return self.stopped() or time.monotonic() >= self.ends_at - POLL_SECONDS / 2


def _batch(rows: Sequence[PendingMessage]) -> list[PendingMessage]:
    """As many of them as go into one commit. Who failed before goes alone: it may end the process. So does one of which
    the server says no size: it will give another, or nothing, and the others need not be fetched twice for that."""
    batch: list[PendingMessage] = []
    size = 0
    for one in rows[:MESSAGES_AT_ONCE]:
        size += one.size
        alone = one.attempts or not one.size
        if batch and (alone or size > BYTES_AT_ONCE):
            break
        batch.append(one)
        if alone:
            break
    return batch
