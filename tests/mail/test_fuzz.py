"""No bytes may stop the intake: a short run of what `tests.mail.fuzz` does at length, and the worst cases by name."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mail import fuzz
from tipline.errors import UnreadableMessage
from tipline.mail.parse import arrival
from tipline.mail.structure import Limits

ROOT = Path(__file__).resolve().parents[2]
SLOWEST = 2.0  # seconds
MOST_MEMORY = 200  # MB, for a message as large as any that is read
LARGE = Limits().size - 1000
HEAD = b"From: mei@reader.example\nSubject: x\nMessage-ID: <a@reader.example>\n"
HTML = HEAD + b"Content-Type: text/html\n\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"


def _deep() -> bytes:
    levels = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(10_000))
    return HEAD + b"".join(levels)


def _of(head: bytes, piece: bytes, size: int = LARGE) -> Callable[[], bytes]:
    return lambda: head + piece * (size // len(piece))


WORST: dict[str, Callable[[], bytes]] = {
    "10,000 levels of MIME": _deep,
    "a million addresses": _of(b"From: a@b.c\nTo: ", b"a@b.example,\n ", 14_000_000),
    "a header line of 2 MB": _of(HEAD + b"X-Long: ", b"y", 2_000_000),
    "a million headers": _of(HEAD, b"a: b\n", 5_000_000),
    "quotes and escapes in From": _of(b"From: ", b'"\\', 2_000_000),
    "a body of one line": _of(HEAD + b"\n", b"x"),
    "a body of one Chinese line": _of(HEAD + b"Content-Type: text/plain; charset=gbk\n\n", "我".encode("gbk")),
    "a body of quoted lines": _of(HEAD + b"\n", b"> x\n", 5_000_000),
    "a body of attributions": _of(HEAD + b"\n", b"On 1 May 2020 at 9:00, a@b.c wrote: \n"),
    "a body of header blocks": _of(HEAD + b"\n", b"From: a@b.c\nSent: x\n\n", 10_000_000),
    "flowed lines": _of(HEAD + b"Content-Type: text/plain; format=flowed\n\n", b"> x \n", 7_000_000),
    "delimiters that are none": _of(MIXED, b"--x\n", 5_000_000),
    "HTML nested without end": _of(HTML, b"<div>"),
    "HTML paragraphs": _of(HTML, b"<p>x y z</p>\n"),
    "an HTML table": _of(HTML + b"<table>", b"<tr><td>x</td><td>y</td></tr>"),
    "HTML of nothing but <": _of(HTML, b"<"),
    "uuencoded beginnings": _of(HEAD + b"\n", b"begin 644 a\n", 16_000_000),
    "stray characters in base64": _of(HEAD + b"Content-Transfer-Encoding: base64\n\n", b"AAAAAAAAAAAA!\n"),
    "messages in messages": _of(HEAD + b"Content-Type: message/rfc822\n\n", HEAD + b"Content-Type: message/rfc822\n\n"),
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_mails_are_read_in_time(name: str) -> None:
    raw = WORST[name]()
    start = time.process_time()
    try:
        arrival(raw)
    except UnreadableMessage as error:
        assert error.reason in ("too_deep", "malformed")
    assert time.process_time() - start < SLOWEST


_MEASURE = """
from tests.mail.test_fuzz import WORST
from tipline.mail.parse import arrival
arrival(b"From: a@b.c\\nContent-Type: text/html\\n\\n<p>x</p>")  # loads what is loaded late
raw = WORST[{name!r}]()
open("/proc/self/clear_refs", "w").write("5")  # begin to measure the peak anew
arrival(raw)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of a part of a run")
@pytest.mark.parametrize("name", ["HTML paragraphs", "stray characters in base64", "messages in messages"])
def test_a_message_of_25_mb_takes_less_than_200_mb(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE.format(name=name)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) / 1024 < MOST_MEMORY


def test_three_hundred_changed_mails_raise_nothing_and_are_read_in_time() -> None:
    assert list(fuzz.run(fuzz.seeds(), seed=20, numbers=range(300))) == []


def test_a_changed_mail_depends_on_its_seed_and_number_alone() -> None:
    mails = fuzz.seeds()
    assert fuzz.mutated(mails, 1, 7) == fuzz.mutated(mails, 1, 7) != fuzz.mutated(mails, 1, 8)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(fuzz.seeds()), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), max_size=6))
def test_bytes_put_anywhere_into_a_mail_raise_nothing(raw: bytes, changes: list[tuple[float, bytes]]) -> None:
    for place, piece in changes:
        at = int(place * len(raw))
        raw = raw[:at] + piece + raw[at + len(piece) :]
    with suppress(UnreadableMessage):
        arrival(raw)
