"""The worker's filing of what waits in the spool, in a process of its own that is killed (SIGKILL) at a commit.

`python -m tests.killed_filing JSON` with: url, files, and before or after (the number of that commit).
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlmodel import Session

from tests.fixtures_db import KEY
from tests.servers import network
from tipline.db import Database, connect
from tipline.sealing import Master
from tipline.spool import Spool
from tipline.storage import LocalFiles


def run(database: Database, point: dict[str, int]) -> int:
    """The exit code of such a process: -9 where it was killed."""
    told = {
        "url": database.engine.url.render_as_string(hide_password=False),
        "files": str(database.files.root),
        **point,
    }
    command = [sys.executable, "-W", "error", "-m", "tests.killed_filing", json.dumps(told)]
    return subprocess.run(command, check=False, timeout=60).returncode


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


def main() -> None:
    network.switch_off()
    told = json.loads(sys.argv[1])
    database = Database(connect(told["url"]), Master(KEY), LocalFiles(Path(told["files"])))
    _arm(told.get("before", 0), told.get("after", 0))
    Spool.of(database).file(database)


if __name__ == "__main__":
    main()
