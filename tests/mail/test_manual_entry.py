import pytest

from tests.mails import mail
from tipline.mail import headers, manual_entry


def test_a_mail_that_can_not_be_read_whole_still_says_whose_it_is() -> None:
    raw = mail(subject="Stranded") + b"\xff" * 1000
    arrival = manual_entry.arrival(raw, 7, "She waits.", attach=True)
    assert (arrival.callout_id, arrival.text, arrival.subject) == (7, "She waits.", "Stranded")
    assert (arrival.reader_email, arrival.reader_name) == ("mei@reader.example", "Mei Lin")
    assert [(one.name, one.content) for one in arrival.attachments] == [(manual_entry.NAME, raw)]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"\r\n\r\nbody", b"From\r\nSubject", b"Date: tomorrow\r\n\r\n"])
def test_without_headers_it_is_filed_without_a_sender(raw: bytes) -> None:
    arrival = manual_entry.arrival(raw, 7, "", attach=False)
    assert (arrival.reader_email, arrival.subject, arrival.attachments) == ("", "", ())
    assert arrival.received_at.tzinfo is not None


def test_what_trips_over_the_headers_does_not_trip_over_them_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise RecursionError

    monkeypatch.setattr(headers, "block", broken)
    assert manual_entry.head(mail()) == manual_entry.head(b"")
