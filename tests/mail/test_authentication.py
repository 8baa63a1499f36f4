import pytest

from tipline.mail.authentication import Authentication, Check, authentication
from tipline.mail.headers import block

TRUSTED = ["mx.newsroom.example"]


def read(*values: str) -> Authentication:
    raw = "".join(f"Authentication-Results: {value}\n" for value in values).encode() + b"\n"
    return authentication(block(raw, 0)[0], TRUSTED)


def test_results_of_our_own_server_are_read() -> None:
    got = read(
        "mx.newsroom.example;\n dkim=pass (2048-bit key; secure) header.d=example.org header.i=@example.org"
        " header.b=Ab12;\n spf=pass (mx: domain of mei@example.org designates 192.0.2.1 as permitted sender)"
        " smtp.mailfrom=mei@example.org;\n dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.org"
    )
    assert (got.spf, got.dkim, got.dmarc) == ("pass", "pass", "pass")
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
    raw = b"Authentication-Results: mx.newsroom.example; dmarc=pass\n\n"
    assert authentication(block(raw, 0)[0], []).confirms("mei@example.org") is None
    assert authentication(block(raw, 0)[0], [""]).confirms("mei@example.org") is None


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
    ],
)
def test_a_sender_is_confirmed_by_their_own_domain_only(value: str, confirmed: bool) -> None:
    assert read(value).confirms("mei@example.org") is confirmed


def test_the_results_may_stand_in_several_fields() -> None:
    got = read("mx.newsroom.example; spf=pass smtp.mailfrom=example.org", "mx.newsroom.example; dkim=neutral")
    assert (got.spf, got.dkim, got.dmarc) == ("pass", "neutral", "")
