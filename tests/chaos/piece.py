"""One piece of `tipline run`, the real command, but for a lease that a killed worker leaves behind for two seconds
rather than a minute, since it is killed more often here than it would be in years, and that two readers who send at the
same time are a crowd.

`python -m tests.chaos.piece --config CONFIG web|worker`, or without arguments a nursery: for each line on its input
that names arguments (JSON: a log file, then those of the command) it forks a piece and says its number. Everything is
imported already there, so that a piece is up in a third of the time.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence

from tests.servers import network
from tipline import worker  # noqa: F401  imported here once, for all
from tipline.cli import main
from tipline.core.mailboxes import leases
from tipline.web.public import form_load

LEASE_SECONDS = 2.0


def fork(log: str, arguments: Sequence[str]) -> int:
    """The process number of a piece of its own session."""
    if number := os.fork():
        return number
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for target in (1, 2):
            os.dup2(out, target)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        main(list(arguments), prog_name="tipline")
    finally:
        os._exit(1)  # main ends by SystemExit: nobody looks at how


def nursery() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed need nobody to collect them
    for line in sys.stdin:
        log, *arguments = json.loads(line)
        print(fork(log, arguments), flush=True)


if __name__ == "__main__":
    network.switch_off()
    leases.SECONDS = LEASE_SECONDS
    form_load.NORMAL_LOAD = 1
    if len(sys.argv) > 1:
        main()
    nursery()
