"""The parser's process: what it is given it reads, and nothing that a mail does to it reaches the worker."""

import io
import os
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tipline.core.arrival import Arrival
from tipline.jobs import parsing
from tipline.jobs.parsing import Parser
from tipline.mail import parse

MAIL = (
    b"From: Mei <mei@reader.example>\r\nDate: Tue, 03 Aug 2021 09:15:00 +0800\r\nSubject: Separated\r\n\r\n"
    b"My son is in Shanghai.\r\n"
)


@pytest.fixture
def parser() -> Iterator[Parser]:
    made = Parser(seconds=20)
    yield made
    made.close()


def pid(parser: Parser) -> int:
    return parser._started().pid


def read(parser: Parser, *raws: bytes) -> list[parsing.Outcome]:
    parser.begin(raws)
    return parser.results()


def test_a_batch_is_read_in_its_order_as_if_it_were_read_here(parser: Parser) -> None:
    raws = [MAIL.replace(b"Separated", b"Story %d" % number) for number in range(5)]
    assert read(parser, *raws) == [parse.arrival(raw) for raw in raws]
    assert read(parser) == []


def test_what_can_not_be_read_says_why_and_the_next_is_read(parser: Parser) -> None:
    deep = b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n' * 200
    unreadable, read_ = read(parser, deep, MAIL)
    assert unreadable == "too_deep" and isinstance(read_, Arrival)


def test_a_process_that_dies_costs_one_mail_its_try_and_the_others_nothing(parser: Parser) -> None:
    first = pid(parser)
    os.kill(first, signal.SIGSTOP)
    parser.begin([MAIL, MAIL])
    os.kill(first, signal.SIGKILL)
    outcomes = parser.results()
    assert outcomes[0] is None and isinstance(outcomes[1], Arrival)
    assert pid(parser) != first


def test_a_mail_that_takes_too_long_is_set_aside_and_the_others_are_read() -> None:
    parser = Parser(seconds=1.5)
    read(parser, MAIL)  # it is awake
    os.kill(pid(parser), signal.SIGSTOP)
    parser.begin([MAIL, MAIL])
    outcomes = parser.results()
    assert outcomes[0] == "too_slow"
    parser.close()


def test_a_batch_can_be_given_up(parser: Parser) -> None:
    parser.begin([MAIL])
    parser.forget()
    assert [type(one) for one in read(parser, MAIL)] == [Arrival]


def test_it_has_none_of_our_secrets(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPLINE_SECRETS__KEY", "hidden")
    monkeypatch.setenv("TIPLINE_SMTP__PASSWORD", "hidden")
    read(parser, MAIL)
    assert b"hidden" not in Path(f"/proc/{pid(parser)}/environ").read_bytes()


def test_it_ends_with_the_worker(parser: Parser) -> None:
    process = parser._started()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


@pytest.mark.parametrize("value", [os.system, Path("x"), parsing.Parser, eval])
def test_an_answer_that_is_no_arrival_is_not_opened(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        parsing._Safe(io.BytesIO(pickle.dumps(value))).load()


@pytest.mark.parametrize("name", ["Address.__init__.__globals__", "field", "datetime", "Address.__class__"])
def test_a_way_from_an_arrivals_classes_to_anything_else_is_closed(name: str) -> None:
    with pytest.raises(pickle.UnpicklingError):
        parsing._Safe(io.BytesIO()).find_class("tipline.core.arrival", name)


def test_every_kind_of_arrival_is_let_through() -> None:
    fixtures = sorted((Path(__file__).parents[1] / "mail" / "fixtures").rglob("*.eml"))
    for file in fixtures:
        arrival = parse.arrival(file.read_bytes())
        assert parsing._Safe(io.BytesIO(pickle.dumps(arrival))).load() == arrival
