"""How much memory the web process takes at most while large files are posted to a form, in its own real process.

python -m tests.bench.uploading
"""

import re
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixtures_db import KEY, make_cast
from tests.servers.processes import Tipline
from tests.web.reading import STORY, open_callout
from tests.web.wire import body_of, served
from tipline.core.callouts import CalloutView
from tipline.db import Database, connect
from tipline.models import QuestionKind
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

MB = 1024 * 1024
SIZE = 25 * MB


def peak(database: Database, view: CalloutView, posts: Sequence[int]) -> tuple[int, int, int]:
    """The web process's peak in bytes, before and after posts at once with so many files of 25 MB each; and the most
    of its share meanwhile (PSS: of what processes have in common, its part), as it is seen every few milliseconds."""
    with served(database) as web, Tipline("--config", str(web.config), "web", port=web.port) as server:
        pages = [web.page(view).get().fill(QuestionKind.LONG, f"{STORY} {number}") for number in range(len(posts))]
        before = _peak_below(server.process.pid)
        answers: list[int] = []
        shares: list[int] = []

        def post(number: int) -> None:
            files = [(b"\0\0\0\x18ftypmp42" + secrets.token_bytes(SIZE - 12), f"{n}.mp4") for n in range(posts[number])]
            pages[number].typed["consent"] = "ask"
            answers.append(web.wire.post(*body_of(pages[number], files=files)).status_code)

        threads = [threading.Thread(target=post, args=(number,)) for number in range(len(posts))]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            shares.append(_read(server.process.pid, "smaps_rollup", "Pss"))
            time.sleep(0.005)
        if answers != [303] * len(posts):
            raise RuntimeError(f"{answers}\n{server.output}")
        return before, _peak_below(server.process.pid), max(shares)


def _peak_below(pid: int) -> int:
    return _read(pid, "status", "VmHWM")


def _read(pid: int, file: str, what: str) -> int:
    """Bytes of the process that serves."""
    return _bytes(Path(f"/proc/{pid}/{file}").read_text(), what)


def _bytes(text: str, what: str) -> int:
    found = re.search(rf"^{what}:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


@contextmanager
def newsroom(folder: Path) -> Iterator[tuple[Database, CalloutView]]:
    """A database with an open callout."""
    engine = connect(f"sqlite:///{folder / 'tipline.db'}")
    migrate(engine)
    database = Database(engine, Master(KEY), LocalFiles(folder / "files"))
    with database.writing() as session:
        cast = make_cast(session)
    yield database, open_callout(database, cast)
    engine.dispose()


def main() -> None:
    for posts in ([1], [4], [1] * 6):
        with tempfile.TemporaryDirectory() as name, newsroom(Path(name)) as (database, view):
            before, after, share = peak(database, view, posts)
        print(
            f"{len(posts)} posts of {posts[0]} files: {before / MB:.0f} MB before, {after / MB:.0f} MB at most; "
            f"its own share {share / MB:.0f} MB at most"
        )


if __name__ == "__main__":
    main()
