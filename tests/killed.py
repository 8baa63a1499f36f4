"""A look into a mailbox in a process of its own that is killed (SIGKILL) at a point which the test names.

`at` is a number (before that commit),
"stored" (a large raw mail is in the file store, not yet in the ledger), or "parse" (a mail that says KILL). At "sleeps
in fetch" and "sleeps in parse" it stops itself (SIGSTOP) there, once; 0 leaves it alone. Exit 3: its lease was lost.
"""

import json
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlmodel import Session, select

from tests.fixtures_db import KEY
from tests.servers import network
from tests.servers.forks import Fork
from tipline.db import Database, connect
from tipline.errors import LostLease
from tipline.jobs import poll
from tipline.jobs.parsing import Parser
from tipline.mail_settings import MailboxSettings
from tipline.models import Mailbox
from tipline.sealing import Master
from tipline.storage import LocalFiles

Given = ParamSpec("Given")
Result = TypeVar("Result")


def run(database: Database, mailbox: MailboxSettings, at: int | str) -> int:
    """The exit code of such a process: -9 where it was killed, 0 where it came to the end. Its transaction is over."""
    code = start(database, mailbox, at).wait(120)
    with database.writing() as session:  # PostgreSQL keeps the locks of a dead client for a moment
        session.execute(select(Mailbox).with_for_update())
    return code


def start(database: Database, mailbox: MailboxSettings, at: int | str) -> Fork:
    return Fork(main, *_told(database, mailbox, at))


def command(database: Database, mailbox: MailboxSettings) -> list[str]:
    """One that is left alone, for who wants to watch it from its first step."""
    return [sys.executable, "-m", "tests.killed", json.dumps(_told(database, mailbox, 0))]


def _told(database: Database, mailbox: MailboxSettings, at: int | str) -> tuple[str, str, dict[str, Any], int | str]:
    return (
        database.engine.url.render_as_string(hide_password=False),
        str(database.files.root),
        mailbox.model_dump(mode="json") | {"password": mailbox.password.get_secret_value()},
        at,
    )


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(at: int | str) -> None:
    commit, put, begin = Session.commit, LocalFiles.put, Parser.begin
    commits = 0

    def counted(session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == at:
            _die()
        commit(session)

    def stored(files: LocalFiles, content: bytes) -> str:
        name = put(files, content)
        _die()
        return name

    def deadly(parser: Parser, raws: Sequence[bytes], trusted: Sequence[str] = ()) -> None:
        begin(parser, raws, trusted)
        if any(b"KILL" in raw for raw in raws):
            _die()

    if isinstance(at, int):
        Session.commit = counted  # type: ignore[method-assign]
    elif at == "stored":
        LocalFiles.put = stored  # type: ignore[method-assign]
    elif at == "sleeps in fetch":
        poll.PollRun._store = _sleeping(poll.PollRun._store)  # type: ignore[method-assign]
    elif at == "sleeps in parse":
        Parser.results = _sleeping(Parser.results)  # type: ignore[method-assign]
    elif at == "parse":
        Parser.begin = deadly  # type: ignore[method-assign]


def _sleeping(step: Callable[Given, Result]) -> Callable[Given, Result]:
    slept = False

    def stepped(*given: Given.args, **named: Given.kwargs) -> Result:
        nonlocal slept
        if not slept:
            slept = True
            os.kill(os.getpid(), signal.SIGSTOP)
        return step(*given, **named)

    return stepped


def main(url: str, files: str, mailbox: dict[str, Any], at: int | str) -> None:
    network.switch_off()
    warnings.simplefilter("error")
    database = Database(connect(url), Master(KEY), LocalFiles(Path(files)))
    _arm(at)
    look = poll.PollRun(database, "tips", MailboxSettings.model_validate(mailbox), 1_000_000, compare=True)
    try:
        while look.run():
            pass
    except LostLease:
        sys.exit(3)
    database.engine.dispose()


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
