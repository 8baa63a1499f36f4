"""How fast mail comes in: from Dovecot to filed tips, beside the floor measured in the same run.

The floor is a bare loop: IMAPClient in batches of 50, the compat32 parser, raw bytes and one row committed per batch.
The machine's mood cancels out in the ratio, which is what counts; both are run in turns and the best of each is taken.

    python -m tests.bench.intake [messages] [rounds] [--profile] [--postgresql]
"""

import cProfile
import email
import hashlib
import pstats
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, compat32
from functools import partial
from pathlib import Path

from imapclient import IMAPClient
from sqlalchemy import func, select

from tests.fixtures_db import KEY
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tipline.db import Database, connect
from tipline.jobs.poll import PollRun
from tipline.mail_settings import MailboxSettings
from tipline.models import Tip
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

WORDS = re.findall(
    r"\w+",
    "border crossing children visa airline ticket consulate waiting husband mother school money hotel quarantine "
    "flight cancelled answer nobody telephone winter passport family hospital work company office letter promise",
)
CHINESE = "我们在口岸等了很多天孩子没有学校航班取消了没有人回答领事馆的电话我妈妈一个人在家"


HOPS = "\r\n".join(
    f"Received: from mail-{n}.example.com (mail-{n}.example.com [192.0.2.{n}])\r\n\tby mx.example.com with ESMTPS id"
    f" {n}abc{n}; Tue, 03 Aug 2021 09:15:0{n} +0800"
    for n in range(6)
)
SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=2021;\r\n\tbh=" + "Zm9v" * 12 + ";\r\n\tb=" + "YmFy" * 80


def stories(count: int) -> list[bytes]:
    """Mails as readers' programs write them: hops and signatures above, text and HTML, each by another reader; every
    eighth in Chinese, every tenth with a photo of 60 KB."""
    choice = random.Random(7)
    return [_story(choice, number) for number in range(count)]


def _story(choice: random.Random, number: int) -> bytes:
    if number % 8 == 7:
        text = "\n\n".join("".join(choice.choice(CHINESE) for _ in range(100)) for _ in range(4))
    else:
        text = "\n\n".join(" ".join(choice.choice(WORDS) for _ in range(45)) + "." for _ in range(4))
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Reader {number} <reader{number}@example.com>"
    message["To"], message["Subject"] = "tips@meridian.example", f"Story {number} {choice.choice(WORDS)}"
    message["Date"] = "Tue, 03 Aug 2021 09:15:00 +0800"
    message["Message-ID"] = f"<{number}.{choice.getrandbits(64):x}@example.com>"
    message.set_content(text)
    paragraphs = "".join(f'<p style="margin:0">{part}</p>' for part in text.split("\n\n"))
    message.add_alternative(f"<html><body><div dir='ltr'>{paragraphs}</div></body></html>", subtype="html")
    if number % 10 == 9:
        photo = b"\xff\xd8\xff\xe0\x00\x10JFIF" + choice.randbytes(60_000)
        message.add_attachment(photo, maintype="image", subtype="jpeg", filename="photo.jpg")
    return f"{HOPS}\r\n{SIGNED}\r\n".encode() + message.as_bytes()


def floor(dovecot: Dovecot, user: str, folder: Path) -> int:
    """The bare loop; returns how many messages it put into its table."""
    db = sqlite3.connect(folder / "floor.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE raw (uid INTEGER PRIMARY KEY, hash TEXT, content BLOB)")
    db.execute("CREATE TABLE tip (uid INTEGER PRIMARY KEY, sender TEXT, subject TEXT, body TEXT)")
    db.execute("CREATE INDEX raw_hash ON raw (hash)")
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.login(user, dovecot.password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for start in range(0, len(uids), 50):
            fetched = client.fetch(uids[start : start + 50], ["BODY.PEEK[]"])
            db.execute("BEGIN IMMEDIATE")
            for uid, row in fetched.items():
                raw = row[b"BODY[]"]
                message = email.message_from_bytes(raw, policy=compat32)
                parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
                body = next(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))
                db.execute("INSERT INTO raw VALUES (?, ?, ?)", (uid, hashlib.sha256(raw).hexdigest(), raw))
                db.execute(
                    "INSERT INTO tip VALUES (?, ?, ?, ?)", (uid, str(message["From"]), str(message["Subject"]), body)
                )
            db.execute("COMMIT")
    db.close()
    return len(uids)


def ours(dovecot: Dovecot, user: str, database: Database) -> int:
    """The worker's own looks, until nothing is left; returns how many tips there are."""
    settings = MailboxSettings.model_validate(
        {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": user, "password": dovecot.password}
    )
    while PollRun(database, "bench", settings, 25_000_000, compare=True).run():
        pass
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Tip)) or 0


@contextmanager
def empty_database(folder: Path, cluster: Postgres | None) -> Iterator[Database]:
    url = cluster.create_database() if cluster else f"sqlite:///{folder / 'tipline.db'}"
    engine = connect(url)
    migrate(engine)
    yield Database(engine, Master(KEY), LocalFiles(folder / "files"))
    engine.dispose()


@dataclass
class Best:
    """The best of the rounds: messages a second, and a second of this process's own time."""

    a_second: float = 0.0
    a_cpu_second: float = 0.0

    def run(self, count: int, work: Callable[[], int]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if done != count:
            raise SystemExit(f"{done} of {count} messages arrived: the figure would mean nothing")
        self.a_second = max(self.a_second, count / wall)
        self.a_cpu_second = max(self.a_cpu_second, count / cpu)


def main(count: int = 1000, rounds: int = 3, *, profile: bool = False, postgresql: bool = False) -> None:
    bare, tipline = Best(), Best()
    profiler = cProfile.Profile()
    cluster = Postgres() if postgresql else None
    with Dovecot() as dovecot:
        if cluster:
            cluster.start()
        dovecot.append("bench", *stories(count))
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as name, empty_database(Path(name), cluster) as database:
                bare.run(count, partial(floor, dovecot, "bench", Path(name)))
                if profile:
                    profiler.enable()
                tipline.run(count, partial(ours, dovecot, "bench", database))
                profiler.disable()
        if cluster:
            cluster.stop()
    print("messages      a second   a second of CPU")
    for line, best in (("floor", bare), ("tipline", tipline)):
        print(f"{line:10} {best.a_second:11.0f} {best.a_cpu_second:17.0f}")
    print(f"{'ratio':10} {tipline.a_second / bare.a_second:11.2f} {tipline.a_cpu_second / bare.a_cpu_second:17.2f}")
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        pstats.Stats(profiler).sort_stats("cumtime").print_stats(70)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    main(*numbers, profile="--profile" in sys.argv, postgresql="--postgresql" in sys.argv)
