"""Mutated mails for the parser: `python -m tests.mail.fuzz --messages 200000 --seed 1 [--also FOLDER]`.

The suite runs a few hundred; this is the long run, some five minutes on one core, before a change to `tipline/mail` is
called done. A new seed is a new run: take the day's date, and keep what it finds as a fixture.

Each message comes of the fixtures (and of all .eml files below `--also`) by a few random changes, and depends on the
seed and its number alone: `--first 4711 --messages 1` repeats one. Prints what broke the promise, and exits with 1 if
anything did.

The promise: `arrival` raises nothing but UnreadableMessage, and takes no longer than 2 seconds.
"""

import argparse
import random
import re
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tipline.errors import UnreadableMessage
from tipline.mail.parse import arrival, describe

FIXTURES = Path(__file__).parent / "fixtures"
SLOWEST = 2.0  # seconds
LARGEST = 400_000  # bytes of a mutated message

_TOKENS = (
    b"From: |Subject: =?utf-8?B?|=?gbk?q?=C4|?=|\n\n|\r\n|\r|\x00|Content-Type: multipart/mixed; boundary=b\n|\n--b\n|"
    b"\n--b--\n|Content-Type: text/html; charset=gb2312\n|Content-Type: message/rfc822\n\n|Content-Type: text/plain; "
    b"format=flowed; delsp=yes\n|<div>|</div>|<blockquote type=cite>|</blockquote>|<table><tr><td>|<!--|&#x1F600;|"
    b"Content-Transfer-Encoding: base64\n|Content-Transfer-Encoding: quoted-printable\n|Content-Disposition: "
    b"attachment; filename*0*=gbk''%C4|<a@b.c>|On 1 May 2020 at 9:00, a wrote:\n|> |>>>|\xc4\xe3|\xe4\xbd|\xff\xfe|"
    b'\x1b$B|\x1b(B|~{|~}|"|;|(|)|<|,|:|@|begin 644 x\n#0V%T\n`\nend\n|-- \n|-----Original Message-----\n|begin |'
    b"\xe5\x8f\x91\xe4\xbb\xb6\xe4\xba\xba\xef\xbc\x9a|\xe5\x86\x99\xe9\x81\x93\xef\xbc\x9a|\xee\xa3\xb0|=\n|=="
)
TOKENS = tuple(_TOKENS.split(b"|"))


def seeds(also: Path | None = None) -> list[bytes]:
    """The mails that are changed, in an order that does not depend on the file system."""
    folders = [FIXTURES, *([also] if also else [])]
    return [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.eml"))]


def mutated(mails: Sequence[bytes], seed: int, number: int) -> bytes:
    """The message of that number."""
    rng = random.Random(f"{seed}/{number}")
    data = bytearray(rng.choice(mails))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 12))):
        _change(rng, data, mails)
    return bytes(data[:LARGEST])


def _change(rng: random.Random, data: bytearray, mails: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    length = rng.choice((1, 2, 8, 40, 400))
    match rng.randrange(9):
        case 0:
            for index in range(at, min(at + length, len(data))):
                data[index] = rng.randrange(256)
        case 1:
            del data[at : at + length]
        case 2:
            data[at:at] = data[at : at + length] * rng.choice((1, 1, 2, 30))
        case 3:
            data[at:at] = rng.choice(TOKENS)
        case 4:
            data[at:at] = rng.choice(TOKENS) * rng.choice((2, 10, 300, 3000))
        case 5:
            other = rng.choice(mails)
            data[at:] = other[rng.randrange(len(other) + 1) :]
        case 6:
            del data[at:]
        case 7:
            data[:] = data.replace(b"\r\n", b"\n").replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n", b"\n\n")))
        case _:
            data[:] = re.sub(
                rb'(?<=charset=)"?[\w-]+"?', rng.choice((b"utf-16", b"hz", b"big5", b"x", b'"', b"utf-7")), data
            )


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that broke the promise."""

    number: int
    how: str


def run(mails: Sequence[bytes], seed: int, numbers: range, *, slowest: float = SLOWEST) -> Iterator[Broken]:
    """Parse the messages of these numbers; yields those that raised or took longer than `slowest` seconds."""
    for number in numbers:
        raw = mutated(mails, seed, number)
        start = time.process_time()
        try:
            arrival(raw, trusted=["mx.newsroom.example"])
            if number % 10 == 0:
                describe(raw)
        except UnreadableMessage:
            pass
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
            yield Broken(number, f"raised {type(error).__name__}: {error}"[:200])
        if (taken := time.process_time() - start) > slowest:
            yield Broken(number, f"took {taken:.1f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mail.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first message")
    parser.add_argument("--also", type=Path, help="a folder of more .eml files to change")
    options = parser.parse_args(arguments)
    mails = seeds(options.also)
    start, broken = time.monotonic(), 0
    for number in range(options.first, options.first + options.messages, 1000):
        stop = min(number + 1000, options.first + options.messages)
        for found in run(mails, options.seed, range(number, stop)):
            broken += 1
            sys.stdout.write(f"message {found.number}: {found.how}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{options.messages} messages of {len(mails)} mails, seed {options.seed}: {broken} broken, "
        f"{time.monotonic() - start:.0f} s, {peak} MB at most\n"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
