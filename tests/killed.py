"""A look into a mailbox in a process of its own that is killed (SIGKILL) at a point which the test names.

`python -m tests.killed JSON` with: url, files, mailbox (its settings), at. `at` is a number (before that commit),
"stored" (a large raw mail is in the file store, not yet in the ledger), or "parse" (a mail that says KILL).
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from sqlmodel import Session

from tests.fixtures_db import KEY
from tests.servers import network
from tipline import poll
from tipline.config import MailboxSettings
from tipline.db import Database, connect
from tipline.mail import parse
from tipline.sealing import Master
from tipline.storage import LocalFiles

Given = ParamSpec("Given")
Result = TypeVar("Result")


def run(database: Database, mailbox: MailboxSettings, at: int | str) -> int:
    """The exit code of such a process: -9 where it was killed, 0 where it came to the end."""
    told = {
        "url": database.engine.url.render_as_string(hide_password=False),
        "files": str(database.files.root),
        "mailbox": mailbox.model_dump(mode="json") | {"password": mailbox.password.get_secret_value()},
        "at": at,
    }
    command = [sys.executable, "-W", "error", "-m", "tests.killed", json.dumps(told)]
    return subprocess.run(command, check=False, timeout=120).returncode


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(at: int | str) -> None:
    commit, put, arrival = Session.commit, LocalFiles.put, parse.arrival
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

    if isinstance(at, int):
        Session.commit = counted  # type: ignore[method-assign]
    elif at == "stored":
        LocalFiles.put = stored  # type: ignore[method-assign]
    elif at == "parse":
        poll.parse.arrival = _deadly(arrival)  # type: ignore[attr-defined]


def _deadly(arrival: Callable[Given, Result]) -> Callable[Given, Result]:
    def parsed(*given: Given.args, **named: Given.kwargs) -> Result:
        if b"KILL" in bytes(given[0]):  # type: ignore[call-overload]
            _die()
        return arrival(*given, **named)

    return parsed


def main() -> None:
    network.switch_off()
    told = json.loads(sys.argv[1])
    database = Database(connect(told["url"]), Master(KEY), LocalFiles(Path(told["files"])))
    _arm(told["at"])
    look = poll.Look(database, "tips", MailboxSettings.model_validate(told["mailbox"]), 1_000_000, compare=True)
    while look.run():
        pass
    database.engine.dispose()


if __name__ == "__main__":
    main()
