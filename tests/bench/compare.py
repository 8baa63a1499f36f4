"""How long a mailbox of many known messages takes to be compared, once the server has named them all.

python -m tests.bench.compare [messages] [--plans] [--postgresql]
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session, col

from tests.bench.intake import empty_database
from tests.plans import plan, watching
from tests.servers.postgres import Postgres
from tipline.core import mailboxes
from tipline.core.mailboxes import ledger, ledger_steps
from tipline.db import Database, now
from tipline.models import Epoch, Ledger, LedgerState

LARGEST = 25_000_000


def known(database: Database, count: int) -> tuple[int, list[str]]:
    """A mailbox whose messages were all filed; its folder's epoch, and their keys."""
    keys = [str(number) for number in range(1, count + 1)]
    with database.writing() as session:
        box = mailboxes.mailbox(session, "tips")
        epoch = mailboxes.begin_epoch(session, box.id or 0, "INBOX", 7)
        mailboxes.discover(session, epoch, [(key, 4000) for key in keys], LARGEST)
        session.execute(update(Ledger).where(col(Ledger.epoch_id) == epoch.id).values(state=LedgerState.FILED))
        session.commit()
        return epoch.id or 0, keys


def timed(what: str, database: Database, step: Callable[[Session], object], *, plans: bool) -> float:
    with database.writing() as session:
        session.connection()
        began = time.perf_counter()
        if plans:
            with watching(session) as watched:
                step(session)
        else:
            step(session)
        session.commit()
        took = time.perf_counter() - began
        print(f"  {what:34} {took:7.3f} s")
        for statement, parameters in watched.statements if plans else ():
            print(f"      {' '.join(statement.split())[:100]}")
            print("".join(f"        {line}\n" for line in plan(session, statement, parameters)), end="")
    return took


def measure(database: Database, count: int, *, plans: bool) -> None:
    began = time.perf_counter()
    epoch_id, keys = known(database, count)
    print(f"  {'written down for the first time':34} {time.perf_counter() - began:7.3f} s")

    def epoch_of(session: Session) -> Epoch:
        return session.get_one(Epoch, epoch_id)

    steps: dict[str, Callable[[Session], object]] = {
        "which are unknown": lambda session: mailboxes.unknown(session, epoch_id, keys),
        "compared": lambda session: mailboxes.compare(session, epoch_of(session), keys, LARGEST),
        "what is to be fetched": lambda session: ledger_steps.to_fetch(session, epoch_id, 50),
        "what is to be filed": lambda session: ledger_steps.to_file(session, epoch_of(session).mailbox_id, 50),
        "the prefix moved": lambda session: mailboxes.finished(session, epoch_of(session), count),
    }
    whole = sum(timed(what, database, step, plans=plans) for what, step in steps.items())
    print(f"  {'a comparison in all':34} {whole:7.3f} s")
    timed("the mail page's sum", database, ledger.account, plans=plans)
    half = keys[::2]
    timed("half of them gone", database, lambda s: mailboxes.compare(s, epoch_of(s), half, LARGEST), plans=False)
    timed("and back", database, lambda s: mailboxes.compare(s, epoch_of(s), keys, LARGEST), plans=False)


def main(count: int = 100_000, *, plans: bool = False, postgresql: bool = False) -> None:
    print(f"{count} messages, {'PostgreSQL' if postgresql else 'SQLite'}, {now():%Y-%m-%d}")
    cluster = Postgres() if postgresql else None
    if cluster:
        cluster.start()
    with tempfile.TemporaryDirectory() as name, empty_database(Path(name), cluster) as database:
        measure(database, count, plans=plans)
    if cluster:
        cluster.stop()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    main(*numbers, plans="--plans" in sys.argv, postgresql="--postgresql" in sys.argv)
