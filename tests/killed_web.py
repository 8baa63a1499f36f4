"""The real web process, killed (SIGKILL) at a point that the test names.

`main(config, …)` with: before, after (the number of that commit of a request), at ("spooled":
the words are in the spool; "receipt": all is done, the answer is not sent), patience (seconds to wait for a locked
database), ahead (days that the clock goes ahead), crowded (each form comes among many).
"""

import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from tipline import config, create_app, db, server
from tipline.spool import Spool
from tipline.web import database_waits as waiting
from tipline.web.public import form_load, form_posts


def _die(*_: object) -> Any:
    os.killpg(0, signal.SIGKILL)  # as a power cut would


def _go_ahead(days: float) -> None:
    """The clock of all that is loaded stands so many days ahead."""
    if not days:
        return
    now, real, real_ns = db.now, time.time, time.time_ns
    for name, module in list(sys.modules.items()):
        if name.startswith("tipline") and getattr(module, "now", None) is now:
            module.now = lambda: now() + timedelta(days=days)  # type: ignore[attr-defined]
    time.time = lambda: real() + days * 86_400  # what signs receipts
    time.time_ns = lambda: real_ns() + int(days * 86_400) * 10**9  # what makes ids


def _arm(before: int = 0, after: int = 0, at: str = "", patience: float = db.LOCK_WAIT_SECONDS) -> None:
    commit, put, commits = Session.commit, Spool.put_words, 0

    def counted(session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == before:
            _die()
        commit(session)
        if commits == after:
            _die()

    def spooled(spool: Spool, arrival: Any, code: str = "") -> str:
        key = put(spool, arrival, code)
        _die()
        return key

    Session.commit = counted  # type: ignore[method-assign, assignment]
    waiting.LOCK_WAIT_SECONDS = patience  # type: ignore[attr-defined]
    if at == "receipt":
        form_posts._receipt_url = _die  # type: ignore[assignment]
    elif at == "spooled":
        Spool.put_words = spooled  # type: ignore[method-assign, assignment]


def main(
    path: Path,
    *,
    before: int = 0,
    after: int = 0,
    at: str = "",
    patience: float = db.LOCK_WAIT_SECONDS,
    ahead: float = 0,
    crowded: bool = False,
) -> None:
    settings = config.load(path, {})
    _go_ahead(ahead)
    if crowded:
        form_load.NORMAL_LOAD = 0
    _arm(before, after, at, patience)
    server.serve(settings, lambda: create_app(settings))
