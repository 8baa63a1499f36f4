"""Two transactions at once, for tests of what becomes of two people, or of one person's two windows."""

import threading
from collections.abc import Callable
from contextlib import suppress

from sqlmodel import Session

from tipline.db import Database

Change = Callable[[Session], object]


def in_turns(database: Database, one: list[Change], other: list[Change]) -> list[BaseException]:
    """Two transactions whose steps come in turns, as far as neither waits for the other; what they raised."""
    raised: list[BaseException] = []
    turn = threading.Barrier(2)

    def run(changes: list[Change]) -> None:
        try:
            with database.writing() as session:
                for change in changes:
                    with suppress(threading.BrokenBarrierError):  # the other one waits for a lock of ours
                        turn.wait(1)
                    change(session)
                session.commit()
        except BaseException as error:  # noqa: BLE001  told in the main thread
            raised.append(error)

    threads = [threading.Thread(target=run, args=(changes,)) for changes in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    return raised
