"""Delivery reports: which mail came back, for good or only for now, and why; in RFC 3464's words and in plain ones."""

import pytest

from tests.mail.reports import OURS, plain, report
from tipline.core.arrival import Automatic, DeliveryReport
from tipline.mail.parse import arrival


def test_a_report_says_which_mail_came_back_and_why() -> None:
    read = arrival(report("failed", "5.1.1"))
    assert read.automatic is Automatic.BOUNCE
    assert read.report == DeliveryReport("failed", "5.1.1", (OURS,))


def test_a_delay_is_no_failure_and_a_failure_after_days_of_delay_is_one() -> None:
    assert arrival(report("delayed", "4.4.1")).report == DeliveryReport("delayed", "4.4.1", (OURS,))
    assert arrival(report("failed", "4.4.7")).report == DeliveryReport("failed", "4.4.7", (OURS,))


def test_only_the_headers_of_the_returned_mail_are_enough() -> None:
    read = arrival(report("failed", "5.2.2", enclosed="text/rfc822-headers")).report
    assert read == DeliveryReport("failed", "5.2.2", (OURS,))


def test_of_several_recipients_the_worst_counts() -> None:
    read = arrival(report("delayed", "4.4.1", more=b"\r\nAction: failed\r\nStatus: 5.1.1\r\n")).report
    assert read is not None and (read.action, read.status) == ("failed", "5.1.1")


def test_a_status_in_the_diagnostic_is_taken_where_the_field_lacks() -> None:
    raw = report("failed", "").replace(b"Status: \r\n", b"Diagnostic-Code: smtp; 550 5.7.1 refused\r\n")
    assert arrival(raw).report == DeliveryReport("failed", "5.7.1", (OURS,))


@pytest.mark.parametrize("quote", ["", "> ", "  "])
def test_a_plain_report_names_the_mail_in_its_text(quote: str) -> None:
    read = arrival(plain(quote)).report
    assert read == DeliveryReport("failed", "5.1.1", (OURS,))


def test_a_plain_warning_that_it_is_still_tried_is_a_delay() -> None:
    raw = plain().replace(b"This is a permanent error. ", b"No action is required on your part: it is delayed. ")
    raw = raw.replace(b"Mail delivery failed: returning message to sender", b"Warning: message delayed 24 hours")
    read = arrival(raw).report
    assert read is not None and read.delayed


def test_a_persons_mail_has_no_report() -> None:
    assert arrival(b"From: mei@reader.example\r\nSubject: hello\r\n\r\n5.1.1 Action: failed\r\n").report is None


def test_who_asks_for_no_automatic_answer_is_heard() -> None:
    def asks(head: str) -> bool:
        headers = arrival(f"From: mei@reader.example\r\n{head}\r\nSubject: x\r\n\r\nHello\r\n".encode()).headers
        assert headers is not None
        return headers.no_answer

    for head in ("Return-Path: <>", "Auto-Submitted: auto-generated", "Auto-Submitted: auto-replied (x)",
                 "X-Auto-Response-Suppress: DR, OOF, AutoReply", "X-Auto-Response-Suppress: All"):  # fmt: skip
        assert asks(head), head
    for head in ("Return-Path: <mei@reader.example>", "Auto-Submitted: no", "X-Auto-Response-Suppress: DR, RN", "X: y"):
        assert not asks(head), head


def test_our_own_servers_stamp_says_when_a_mail_came() -> None:
    raw = (
        b"Received: from a by mx.meridian.example; Tue, 24 Nov 2026 10:00:00 +0100\r\n"
        b"Received: from phone by a; Mon, 23 Nov 2026 10:00:00 +0100\r\nFrom: mei@reader.example\r\n\r\nHello\r\n"
    )
    headers = arrival(raw).headers
    assert headers is not None and headers.received is not None
    assert headers.received.isoformat() == "2026-11-24T09:00:00+00:00"
