"""How much memory a worker takes at most while it reads one large mail, over Dovecot, in its own real process.

python -m tests.bench.memory
"""

import re
import secrets
import subprocess
import tempfile
import time
from base64 import encodebytes
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from tests.servers.dovecot import Dovecot
from tests.servers.processes import Tipline
from tipline import config, resources
from tipline.models import Ledger, LedgerState
from tipline.schema import migrate
from tipline.sealing import make_key_file

MB = 1024 * 1024
SIZE = 25 * MB - 1000  # just below what the settings take
CONFIG = """
[mailbox.tips]
host = "127.0.0.1"
port = {port}
security = "none"
user = "{user}"
password = "secret"
poll_seconds = 0.3
"""
HEAD = b"From: Mei <mei@mail.example>\r\nSubject: Large\r\nMessage-ID: <%s@mail.example>\r\nMIME-Version: 1.0\r\n"


def attachment(size: int = SIZE) -> bytes:
    """A mail of a few words and a video."""
    video = encodebytes(b"\0\0\0\x18ftypmp42" + secrets.token_bytes(size * 57 // 79)).replace(b"\n", b"\r\n")
    parts = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the video.\r\n'
        b"--b\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
        b'filename="v.mp4"\r\n\r\n'
    )
    return (HEAD % secrets.token_hex(8).encode() + parts + video)[: size - 10] + b"\r\n--b--\r\n"


def text(size: int = SIZE) -> bytes:
    """A mail that is one long text, much of it in Chinese."""
    line = "我们在口岸等了很多天。 We wait at the crossing and nobody answers.\r\n".encode()
    head = HEAD % secrets.token_hex(8).encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    return head + line * ((size - len(head)) // len(line))


def markup(size: int = SIZE) -> bytes:
    """A mail that is one long HTML page."""
    line = b"<p style='margin:0'>We wait at the <b>crossing</b> and nobody answers.</p>\r\n"
    head = HEAD % secrets.token_hex(8).encode() + b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>"
    return head + line * ((size - len(head)) // len(line))


def peak(dovecot: Dovecot, raw: bytes, folder: Path) -> tuple[int, int]:
    """The worker's peak in bytes, before the mail came and after it was filed."""
    user = f"u{secrets.token_hex(6)}"
    path = folder / "config.toml"
    path.write_text(CONFIG.format(port=dovecot.port, user=user))
    make_key_file(folder / "tipline.key")
    dovecot.append(user, b"From: a@mail.example\r\nSubject: Small\r\n\r\nSmall.\r\n")
    with Tipline("--config", str(path), "worker") as worker:
        database = resources.open_database(config.load(path, {}))
        migrate(database.engine)

        def settled(many: int) -> None:
            deadline = time.monotonic() + 180
            while time.monotonic() < deadline and worker.running:
                with database.reading() as session:
                    found = session.scalars(select(col(Ledger.state))).all()
                if found.count(LedgerState.FILED) == many:
                    return
                time.sleep(0.2)
            raise RuntimeError(f"not filed: {found}\n{worker.output}")

        settled(1)
        before = _peak_of(worker.process)
        dovecot.append(user, raw)
        settled(2)
        after = _peak_of(worker.process)
        database.engine.dispose()
    return before, after


def _peak_of(process: "subprocess.Popen[bytes]") -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def main() -> None:
    with Dovecot() as dovecot:
        for make in (attachment, text, markup):
            with tempfile.TemporaryDirectory() as name:
                before, after = peak(dovecot, make(), Path(name))
            print(f"{make.__name__:12} {before / MB:6.0f} MB before, {after / MB:6.0f} MB at most")


if __name__ == "__main__":
    main()
