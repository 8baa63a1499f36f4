"""The real worker in a process of its own that is killed (SIGKILL) while a reply leaves.

`at` is "sending" (committed, and nobody was
spoken to yet), "taken" (the mail server has said 250, we have not committed it), or "copied" (the copy lies in the Sent
folder, we have not committed that).
"""

import os
import signal
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fixtures_db import KEY
from tests.servers.forks import Fork
from tipline import worker
from tipline.config import Settings
from tipline.core.outbox import sent_copies
from tipline.db import Database, connect
from tipline.mail import outgoing
from tipline.mail.sent import SentFolder
from tipline.sealing import Master
from tipline.storage import LocalFiles


def run(database: Database, settings: dict[str, Any], at: str) -> int:
    """The exit code of such a process: -9 where it was killed."""
    url = database.engine.url.render_as_string(hide_password=False)
    return Fork(main, url, database.files.root, settings, at).wait(60)


def _then_die(step: Callable[..., object]) -> Callable[..., None]:
    def done(*given: Any, **named: Any) -> None:
        step(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return done


def _arm(at: str) -> None:
    if at == "sending":
        outgoing.send = _then_die(lambda *_, **__: None)
    elif at == "taken":
        outgoing.send = _then_die(outgoing.send)
    else:
        SentFolder.keep = _then_die(SentFolder.keep)  # type: ignore[method-assign]


def main(url: str, files: Path, settings: dict[str, Any], at: str) -> None:
    warnings.simplefilter("error")
    sent_copies.PATIENCE = timedelta()
    _arm(at)
    worker.Worker(Settings.model_validate(settings), Database(connect(url), Master(KEY), LocalFiles(files))).run()
