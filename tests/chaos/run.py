"""One chaos run from founding to verdict."""

import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.bag import Sent, fill
from tests.chaos.killing import Nursery, Piece, kill_one
from tests.chaos.newsroom import Newsroom, founded
from tests.chaos.readers import Reader, crowd
from tests.chaos.verdict import Verdict, judge
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp import Smtp
from tests.trouble import locked
from tipline.core.mailboxes import ledger
from tipline.core.outbox import sending
from tipline.spool import Spool

SETTLED_SECONDS = 300.0  # what is left after the last kill must be done by then
LOCK_EVERY = 60  # kills between two locks of the database, so long that forms go to the spool
LOCK_SECONDS = 12.0


@dataclass
class Storm:
    """How much of everything."""

    kills: int = 200
    messages: int = 500
    postgresql: bool = False
    seed: int = 1

    @property
    def forms(self) -> int:
        return max(4, self.messages // 8)


def run(wanted: Storm, folder: Path) -> Verdict:
    """Found a newsroom in a folder, let the storm pass over it, wait until all is quiet, and judge."""
    choice = random.Random(wanted.seed)
    with ExitStack() as stack:
        dovecot, smtp = stack.enter_context(Dovecot()), stack.enter_context(Smtp())
        url = ""
        if wanted.postgresql:
            cluster = stack.enter_context(Postgres())
            url = cluster.create_database().replace("postgresql+psycopg", "postgresql")
        room = stack.enter_context(founded(folder, dovecot, smtp, url, wanted.messages // 10, choice))
        nursery = stack.enter_context(Nursery())
        sent = fill(wanted.messages, room.asked, choice)
        readers = crowd(wanted.forms, room.port, room.view, choice)
        pieces = [Piece(name, room.config, room.port, nursery) for name in ("web", "worker")]
        try:
            _storm(room, wanted.kills, pieces, sent, readers)
            _calm(room, pieces, len(sent), readers)
            flags = room.dovecot.flags(room.user)
            codes = [piece.end() for piece in reversed(pieces)]
        finally:
            for piece in pieces:
                piece.kill()
        verdict = judge(room, sent, readers, flags)
        if codes != [0, 0]:
            verdict.wrong.append(f"worker and web ended with {codes}")
        return verdict


def _storm(room: Newsroom, kills: int, pieces: list[Piece], sent: Sequence[Sent], readers: Sequence[Reader]) -> None:
    """Before each kill some mails arrive, readers come, and a reporter answers one."""
    for piece in pieces:
        piece.start()
    for n in range(kills):
        if arriving := sent[len(sent) * n // kills : len(sent) * (n + 1) // kills]:
            room.dovecot.append(room.user, *[one.raw for one in arriving])
        for reader in readers[len(readers) * n // kills : len(readers) * (n + 1) // kills]:
            reader.come()
        room.answer_one()
        if n % LOCK_EVERY == LOCK_EVERY - 1:
            with locked(room.database):
                time.sleep(LOCK_SECONDS)
        kill_one(pieces, room.choice)


def _calm(room: Newsroom, pieces: list[Piece], messages: int, readers: Sequence[Reader]) -> None:
    for piece in pieces:
        piece.kill()
        piece.start_for_good()
        piece.wait()
    for reader in readers:
        reader.join()
    _settle(room, messages)


def _settle(room: Newsroom, messages: int) -> None:
    """Wait until nothing is left to do: a person would see it on the mail page."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while time.monotonic() < deadline:
        with room.database.reading() as session:
            boxes = ledger.account(session)
            done = [box.on_server == messages and not box.pending for box in boxes]
            busy = sending.waits(session)
        if done == [True] and not busy and not Spool.of(room.database).standing().waiting and not room.read_again():
            return
        time.sleep(0.5)


def in_passing(wanted: Storm) -> Verdict:
    """A run in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        return run(wanted, Path(name))
