"""The worker's filing of what waits in the spool, in a process of its own that is killed (SIGKILL) before or after the
commit with a certain number."""

import os
import signal
import warnings
from pathlib import Path

from sqlmodel import Session

from tests.fixtures_db import KEY
from tests.servers.forks import Fork
from tipline.db import Database, connect
from tipline.sealing import Master
from tipline.spool import Spool
from tipline.storage import LocalFiles


def run(database: Database, point: dict[str, int]) -> int:
    """The exit code of such a process: -9 where it was killed."""
    return Fork(main, database.engine.url.render_as_string(hide_password=False), database.files.root, **point).wait(60)


def _arm(before: int, after: int) -> None:
    commit, commits = Session.commit, 0

    def counted(session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == before:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(session)
        if commits == after:
            os.kill(os.getpid(), signal.SIGKILL)

    Session.commit = counted  # type: ignore[method-assign]


def main(url: str, files: Path, *, before: int = 0, after: int = 0) -> None:
    warnings.simplefilter("error")
    database = Database(connect(url), Master(KEY), LocalFiles(files))
    _arm(before, after)
    Spool.of(database).file(database)
