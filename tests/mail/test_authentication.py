from collections.abc import Sequence

import pytest

from tipline.mail.authentication import Authentication, Check, authentication
from tipline.mail.headers import block
from tipline.mail.parse import arrival

TRUSTED = ["mx.newsroom.example"]


def read(*values: str, trusted: Sequence[str] = TRUSTED) -> Authentication:
    """What stands in fields that our server put above its Received."""
    fields = "".join(f"Authentication-Results: {value}\n" for value in values)
    return head(f"{fields}Received: from mail.example by mx.newsroom.example\n", trusted)


def head(fields: str, trusted: Sequence[str] = TRUSTED) -> Authentication:
    raw = f"{fields}From: mei@example.org\n\n".encode()
    found, body_at, _ = block(raw, 0)
    return authentication(found, raw[:body_at], trusted)


def test_results_of_our_own_server_are_read() -> None:
    got = read(
        "mx.newsroom.example;\n dkim=pass (2048-bit key; secure) header.d=example.org header.i=@example.org"
        " header.b=Ab12;\n spf=pass (mx: domain of mei@example.org designates 192.0.2.1 as permitted sender)"
        " smtp.mailfrom=mei@example.org;\n dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.org"
    )
    assert got.dmarc == "pass" and [check.result for check in got.checks] == ["pass"] * 3
    assert got.checks[0] == Check("dkim", "pass", "example.org")
    assert got.confirms("mei@example.org") is True


@pytest.mark.parametrize(
    "value",
    [
        "mx.evil.example; dmarc=pass header.from=example.org",
        "(mx.newsroom.example;) mx.evil.example; dmarc=pass",
        "mx.newsroom.example.evil.example; dmarc=pass",
        "; dmarc=pass",
        "",
        "mx.newsroom.example; none",
        'mx.newsroom.example; spf=fail reason="; dmarc=pass"',
        "mx.newsroom.example; dmarc=passed",
    ],
)
def test_what_another_server_says_counts_for_nothing(value: str) -> None:
    assert read(value).dmarc == ""


def test_without_a_trusted_id_nothing_is_known() -> None:
    ours = "mx.newsroom.example; dmarc=pass"
    assert read(ours, trusted=[]).confirms("mei@example.org") is None
    assert read(ours, trusted=[""]).confirms("mei@example.org") is None


@pytest.mark.parametrize(
    ("value", "confirmed"),
    [
        ("MX.newsroom.example 1; dmarc=fail header.from=example.org", False),
        ("mx.newsroom.example; spf=pass smtp.mailfrom=bounce@news.example.org", True),
        ("mx.newsroom.example; spf=pass smtp.mailfrom=mei@example.net", False),
        ("mx.newsroom.example; dkim=pass header.i=@mail.example.org", True),
        ("mx.newsroom.example; dkim=pass header.d=org", False),
        ("mx.newsroom.example; dkim=fail header.d=example.org; dkim=pass header.d=example.org", True),
        ("mx.newsroom.example; spf=softfail smtp.mailfrom=example.org; dkim=none", False),
        ("mx.newsroom.example; dkim/1 = pass header . d = example.org", False),
        ("mx.newsroom.example; dmarc=pass header.from=example.org", True),
        ("mx.newsroom.example; dmarc=pass header.from=evil.example", False),
        ("mx.newsroom.example; dmarc=pass (p=none)", True),
        ("mx.newsroom.example; dmarc=fail header.from=example.org; spf=pass smtp.mailfrom=example.org", False),
    ],
)
def test_a_sender_is_confirmed_by_their_own_domain_only(value: str, confirmed: bool) -> None:
    assert read(value).confirms("mei@example.org") is confirmed


@pytest.mark.parametrize(
    "sender",
    [
        '"mei@example.org"@evil.example',
        '"mei@example.org" @evil.example',
        '"\\"mei@example.org\\"@evil.example"',
        '"mei"@example.org"@evil.example',
        'eve"@example.org"',
        'eve"@evil.example; dkim=pass header.d=example.org',
        '"eve; dkim=pass header.d=example.org"@evil.example',
        "example.org=eve@evil.example",
        "header.d=example.org=eve@evil.example",
        "header.d=example.org@evil.example",
        "mei\\@example.org@evil.example",
        "<mei@example.org>@evil.example",
    ],
)
def test_a_return_path_that_holds_somebodys_address_vouches_for_its_own_domain_only(sender: str) -> None:
    got = read(f"mx.newsroom.example; spf=pass smtp.mailfrom={sender}")
    assert got.checks[0].result == "pass" and got.confirms("mei@example.org") is False


def test_a_dmarc_result_about_something_unclear_is_about_nobody() -> None:
    assert read('mx.newsroom.example; dmarc=pass header.from=a"@example.org').confirms("mei@example.org") is False


@pytest.mark.parametrize(
    "sender",
    ['"mei lin"@example.org', '"mei@example.org"', '"mei=lin"@example.org', "SRS0=ab=TT=x.example=mei@example.org"],
)
def test_a_return_path_with_unusual_characters_still_vouches_for_its_domain(sender: str) -> None:
    assert read(f"mx.newsroom.example; spf=pass smtp.mailfrom={sender}").confirms("mei@example.org") is True


def test_the_results_may_stand_in_several_fields() -> None:
    got = read("mx.newsroom.example; spf=pass smtp.mailfrom=example.org", "mx.newsroom.example; dkim=neutral")
    assert got.checks == (Check("spf", "pass", "example.org"), Check("dkim", "neutral")) and got.dmarc == ""


OURS = "Authentication-Results: mx.newsroom.example; dmarc=fail header.from=example.org\n"
FORGED = "Authentication-Results: mx.newsroom.example; dmarc=pass header.from=example.org\n"
RECEIVED = "Received: from mail.example by mx.newsroom.example; Tue, 5 May 2020 10:00:00 +0800\n"


@pytest.mark.parametrize(
    "fields",
    [
        OURS + RECEIVED + FORGED,
        OURS + RECEIVED + "Received: from evil.example\n" + FORGED,
        "Received: by 2002:a05:6000:1 with SMTP id x; Tue, 5 May 2020\n" + OURS + RECEIVED + FORGED,  # as Gmail's
        "Received: from mx by mx with LMTP id x; Tue, 5 May 2020\n" + OURS + RECEIVED + FORGED,  # as Dovecot's
        "Received: from mx (mx [10.0.0.3])\n\tby store; Tue, 5 May 2020\n" + OURS + RECEIVED + FORGED,
        "Authentication-Results: relay.example; dkim=pass header.d=example.org\n" + OURS + RECEIVED + FORGED,
        "Delivered-To: tips@newsroom.example\n" + OURS.replace("mx.newsroom", "MX.Newsroom") + RECEIVED + FORGED,
    ],
)
def test_a_forged_field_below_ours_counts_for_nothing(fields: str) -> None:
    assert head(fields).confirms("mei@example.org") is False


@pytest.mark.parametrize(
    "fields",
    [
        FORGED,  # no Received at all
        RECEIVED + FORGED,
        RECEIVED + FORGED + RECEIVED,
        RECEIVED + "X-Spam: no\n" + FORGED + RECEIVED,
        "Received: from [10.0.0.1] (evil.example [203.0.113.1]) by mx.newsroom.example\n" + FORGED + RECEIVED,
        "Received: from [203.0.113.1] (helo=[10.0.0.1]) by mx.newsroom.example\n" + FORGED + RECEIVED,
        "Received: from lmtp (lmtp [203.0.113.1]) by mx.newsroom.example with ESMTP id x\n" + FORGED + RECEIVED,
        "Received: by 2002:a05:1 with SMTP id x\n" + RECEIVED + FORGED + RECEIVED,
    ],
)
def test_a_forged_field_says_nothing_where_our_server_wrote_none(fields: str) -> None:
    assert head(fields).confirms("mei@example.org") is None


@pytest.mark.parametrize(
    ("vouching", "sender", "confirmed"),
    [
        ("co.uk", "ann@bbc.co.uk", False),
        ("uk", "ann@bbc.co.uk", False),
        ("bbc.co.uk", "ann@news.bbc.co.uk", True),
        ("mail.bbc.co.uk", "ann@news.bbc.co.uk", True),
        ("eve.co.uk", "ann@co.uk", False),
        ("eve.co.uk", "ann@bbc.co.uk", False),
        ("eve.github.io", "ann@github.io", False),
        ("eve.github.io", "ann@ann.github.io", False),
        ("mail.xn--bcher-kva.example", "ann@bücher.example", True),
    ],
)
def test_a_domain_vouches_for_its_own_organisation_only(vouching: str, sender: str, confirmed: bool) -> None:
    assert read(f"mx.newsroom.example; dkim=pass header.d={vouching}").confirms(sender) is confirmed


def test_submission_through_our_own_server_confirms_the_domain_that_signed_in() -> None:
    assert read("mx.newsroom.example; auth=pass smtp.auth=bob@example.org").confirms("bob@example.org") is True
    assert read("mx.newsroom.example; auth=pass smtp.auth=bob").confirms("bob@example.org") is False
    forged = "mx.newsroom.example; auth=pass smtp.auth=eve@evil.example smtp.mailfrom=bob@example.org"
    assert read(forged).confirms("bob@example.org") is False


def test_a_field_that_only_others_wrote_says_nothing() -> None:
    assert head(RECEIVED + "Authentication-Results: mx.evil.example; dmarc=pass\n").confirms("a@example.org") is None
    assert head(RECEIVED).confirms("a@example.org") is None


def test_a_field_written_over_several_lines_is_one_field() -> None:
    folded = "Authentication-Results:\n mx.newsroom.example;\n\tdmarc=pass\n header.from=example.org\n"
    assert head(folded + RECEIVED).confirms("mei@example.org") is True


def read_mail(fields: str) -> bool | None:
    raw = f"Authentication-Results: mx.newsroom.example; dmarc=pass\n{RECEIVED}{fields}Subject: x\n\nHello\n"
    return arrival(raw.encode(), trusted=TRUSTED).sender_confirmed


def test_an_arrival_says_whether_its_sender_is_confirmed() -> None:
    assert read_mail("From: Mei <mei@example.org>\n") is True
    assert arrival(b"From: mei@example.org\n\nHello").sender_confirmed is None


@pytest.mark.parametrize(
    "fields",
    [
        "From: mei@example.org, ann@example.net\n",  # nobody vouches for one of several
        "From: Mei via Tips <tips@lists.example>\nList-Id: <tips.lists.example>\nX-Original-From: mei@example.org\n",
        "Sender: mei@example.org\n" + "From: <>\n",
    ],
)
def test_a_sender_whom_the_check_is_not_about_is_not_confirmed(fields: str) -> None:
    assert read_mail(fields) is False


@pytest.mark.parametrize(
    "sender",
    [
        "<ann@example.net,mei@example.org>",
        "<ann@example.net(mei@example.org>",
        "<ann@example.net@example.org>",
        '<"ann@example.net"@example.org>',
        '"ann@example.net"@example.org',
        '"mei@example.org, "@example.net',
        "=?utf-8?q?=3Cann=40example=2Enet=2Cmei=40example=2Eorg=3E?=",
        "<=?utf-8?q?ann=40example=2Enet=2C?=mei@example.org>",
    ],
)
def test_what_is_no_single_address_is_confirmed_by_nobody(sender: str) -> None:
    assert read_mail(f"From: {sender}\n") is False


def test_a_name_in_raw_chinese_bytes_changes_nothing() -> None:
    raw = (FORGED + RECEIVED).encode() + "From: 李梅 <mei@example.org>\n".encode("gbk")
    raw += b"Content-Type: text/plain; charset=gbk\n\n" + "我在上海。".encode("gbk")
    got = arrival(raw, trusted=TRUSTED)
    assert (got.reader_name, got.sender_confirmed) == ("李梅", True)
