"""No bytes may stop the intake: a short run of what `tests.mail.fuzz` does at length, and the worst cases by name."""

import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import reading
from tests.limits import time_limit
from tests.mail import fuzz
from tests.mail.hostile import WORST, worst
from tipline.errors import UnreadableMessage
from tipline.mail import body
from tipline.mail.parse import arrival
from tipline.mail.structure import Limits

MOST_MEMORY = 200  # MB, the interpreter and the mail included
PARSE_SECONDS = 30.0  # after which the intake sets a mail aside: a parser that needs them is no good
HEAVIEST = (
    "a large message in base64",
    "a text and a thousand HTML parts",
    "a thousand HTML parts",
    "a uuencoded file",
    "flowed lines",
    "forwards",
    "header blocks",
    "HTML lines",
    "HTML paragraphs",
    "padding in the middle of base64",
    "stray characters in base64",
)


@pytest.mark.parametrize("name", WORST)
def test_the_worst_mails_are_read_within_the_readers_own_limits(name: str) -> None:
    """How long each takes, and that it grows with the size and no faster, is measured by `tests.bench.reading`."""
    raw = worst(name)
    try:
        with time_limit(PARSE_SECONDS):
            got = arrival(raw)
    except UnreadableMessage as error:
        assert error.reason in ("too_deep", "too_many_parts", "malformed")
        return
    written = body.MAX_TEXT + body.MAX_HTML
    assert len(got.text) + len(got.quoted) + len(got.signature) <= 2 * written
    assert len(got.html) <= body.MAX_HTML + Limits().parts
    assert len(got.attachments) <= Limits().parts
    assert sum(len(file.content) for file in got.attachments) <= 2 * len(raw)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of a part of a run")
@pytest.mark.parametrize("name", HEAVIEST)
def test_a_message_of_25_mb_takes_less_than_200_mb(name: str) -> None:
    assert reading.peak(name) < MOST_MEMORY


def test_three_hundred_changed_mails_raise_nothing() -> None:
    assert list(fuzz.run(fuzz.seeds(), seed=20, numbers=range(300), slowest=math.inf)) == []


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
