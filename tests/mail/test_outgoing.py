import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mails import mail
from tests.servers import ports
from tests.servers.smtp import Smtp as Server
from tipline.errors import SendFailed, SendUnknown
from tipline.mail import outgoing
from tipline.mail_settings import Smtp

SENDER, READER = "tips+t@meridian.example", "mei@reader.example"


def settings(port: int, **changes: object) -> Smtp:
    values: dict[str, object] = {"host": "127.0.0.1", "port": port, "security": "none"}
    return Smtp.model_validate(values | changes)


@contextmanager
def failing(reason: str, *, permanent: bool, code: int | None = None) -> Iterator[None]:
    with pytest.raises(SendFailed) as caught:
        yield
    assert (caught.value.reason, caught.value.permanent) == (reason, permanent)
    assert code is None or caught.value.code == code
    assert READER not in str(caught.value)


@pytest.fixture(scope="module")
def secure() -> Iterator[Server]:
    with Server(login=("desk", "p@ss")) as server:
        yield server


def signed(server: Server, **changes: object) -> Smtp:
    values: dict[str, object] = {"security": "starttls", "user": "desk", "password": "p@ss", "ca_file": server.cert}
    return settings(server.port, **(values | changes))


def test_a_mail_arrives_byte_for_byte(smtp: Server) -> None:
    raw = mail("A line\n.\n..two dots\nthe end")
    outgoing.send(settings(smtp.port), SENDER, READER, raw)
    (delivery,) = smtp.wait()
    assert (delivery.sender, delivery.recipients, delivery.raw) == (SENDER, (READER,), raw)


def test_a_bare_line_break_never_leaves(smtp: Server) -> None:
    outgoing.send(settings(smtp.port), SENDER, READER, b"Subject: x\n\none\n.\nMAIL FROM:<a@b>\rtwo")
    (delivery,) = smtp.wait()
    assert delivery.raw == b"Subject: x\r\n\r\none\r\n.\r\nMAIL FROM:<a@b>\r\ntwo\r\n"


def test_starttls_and_a_login_come_before_the_mail(secure: Server) -> None:
    secure.clear()
    outgoing.send(signed(secure), SENDER, READER, mail())
    (delivery,) = secure.wait()
    assert (delivery.encrypted, delivery.login) == (True, "desk")


def test_a_server_without_starttls_gets_neither_password_nor_mail(smtp: Server) -> None:
    wanted = settings(smtp.port, security="starttls", user="desk", password="p@ss")
    with failing("tls", permanent=False):
        outgoing.send(wanted, SENDER, READER, mail())
    assert smtp.deliveries == []


def test_an_unknown_authority_ends_the_connection(secure: Server) -> None:
    secure.clear()
    with failing("tls", permanent=False):
        outgoing.send(signed(secure, ca_file=None), SENDER, READER, mail())
    assert secure.deliveries == []


def test_a_certificate_file_that_goes_after_the_start_is_a_matter_of_tls(secure: Server, tmp_path: Path) -> None:
    gone = signed(secure).model_copy(update={"ca_file": tmp_path / "none.pem"})
    with failing("tls", permanent=False):
        outgoing.send(gone, SENDER, READER, mail())


@pytest.mark.parametrize("password", ["wrong", "falsch-ß"])
def test_a_refused_login_is_tried_again_later(secure: Server, password: str) -> None:
    with failing("login", permanent=False):
        outgoing.send(signed(secure, password=password), SENDER, READER, mail())


def test_nobody_at_the_port_is_tried_again_later() -> None:
    with failing("connect", permanent=False):
        outgoing.send(settings(ports.free()), SENDER, READER, mail())


def test_plain_text_to_another_machine_is_refused() -> None:
    elsewhere = settings(25).model_copy(update={"host": "mail.example"})
    with failing("tls", permanent=False):
        outgoing.send(elsewhere, SENDER, READER, mail())


@pytest.mark.parametrize(
    ("at", "code", "reason", "permanent"),
    [
        ("mail", 550, "sender_refused", True),
        ("rcpt", 550, "recipient_refused", True),
        ("data", 554, "content_refused", True),
        ("mail", 451, "temporary", False),
        ("rcpt", 450, "temporary", False),
        ("data", 452, "temporary", False),
    ],
)
def test_a_refusal_says_which_step_and_whether_for_good(
    smtp: Server, at: str, code: int, reason: str, permanent: bool
) -> None:
    with (
        smtp.refusing(code, f"no {READER} here", at=at),  # type: ignore[arg-type]
        failing(reason, permanent=permanent, code=code),
    ):
        outgoing.send(settings(smtp.port), SENDER, READER, mail())
    assert smtp.deliveries == []


TWO = [
    "a@b.c,d@e.f",
    "a@b.c;d@e.f",
    "a@b.c:d@e.f",
    "a@b.c(d@e.f",
    "a@b@c.d",
    "a(b@c.d",
    "a[b]@c.d",
    'a"b"@c.d',
    "a,@c.d",
]


@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<c@d>", "a b@c", "a@b>", "", "no-address", *TWO])
def test_an_address_that_could_carry_a_command_is_refused(smtp: Server, address: str) -> None:
    with failing("recipient_refused", permanent=True):
        outgoing.send(settings(smtp.port), SENDER, address, mail())
    with failing("sender_refused", permanent=True):
        outgoing.send(settings(smtp.port), address, READER, mail())


def test_a_line_that_breaks_after_the_final_dot_is_unknown() -> None:
    with _cutting(after=b"\r\n.\r\n") as port, pytest.raises(SendUnknown):
        outgoing.send(settings(port), SENDER, READER, mail())


def test_a_line_that_breaks_before_the_final_dot_may_be_tried_again() -> None:
    with _cutting(after=b"DATA\r\n") as port, failing("connect", permanent=False):
        outgoing.send(settings(port), SENDER, READER, mail())


def test_silence_after_the_final_dot_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TAKEN_SECONDS", 0.3)
    with _cutting(after=b"\r\n.\r\n", silent=True) as port, pytest.raises(SendUnknown):
        outgoing.send(settings(port), SENDER, READER, mail())


def test_a_goodbye_that_goes_wrong_does_not_unsend_a_mail() -> None:
    with _cutting(after=b"QUIT\r\n") as port:
        outgoing.send(settings(port), SENDER, READER, mail())


@contextmanager
def _cutting(after: bytes, *, silent: bool = False) -> Iterator[int]:
    """A server that says yes to everything and hangs up (or says nothing more) once it has heard `after`."""
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        over = threading.Event()
        server = threading.Thread(target=_serve, args=(listener, after, silent, over))
        server.start()
        yield listener.getsockname()[1]
        over.set()
        server.join(10)


def _serve(listener: socket.socket, after: bytes, silent: bool, over: threading.Event) -> None:
    connection, _ = listener.accept()
    heard, in_data = b"", False
    with connection:
        connection.sendall(b"220 here\r\n")
        while got := connection.recv(65536):
            heard += got
            if after in heard:
                if silent:
                    over.wait(10)
                return
            if in_data:
                if not heard.endswith(b"\r\n.\r\n"):
                    continue
                in_data = False
                connection.sendall(b"250 taken\r\n")
            elif got.startswith(b"DATA"):
                in_data = True
                connection.sendall(b"354 go on\r\n")
            elif got.endswith(b"\r\n"):
                connection.sendall(b"250 fine\r\n")


@contextmanager
def _answering(step: bytes, answer: bytes) -> Iterator[int]:
    """A server that says yes to everything but one step."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            for line in lines:
                usual = b"354 go on\r\n" if line == b"DATA\r\n" else b"250 yes\r\n"
                connection.sendall(answer if line.startswith(step) else usual)
                if line == b"DATA\r\n" and step != b"DATA":
                    for content in lines:
                        if content == b".\r\n":
                            connection.sendall(answer if step == b".\r\n" else b"250 taken\r\n")
                            break

    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


UNREADABLE = [
    b"Ok: queued\r\n",
    b"\r\n",
    b"354 go on\r\n",
    b"25 taken\r\n",
    b"2500 taken\r\n",
    b"4510 later\r\n",
    b"250-one\r\n550 other\r\n",
    b"600 what\r\n",
]


@pytest.mark.parametrize("answer", UNREADABLE)
def test_an_answer_to_the_final_dot_that_can_not_be_read_is_unknown(answer: bytes) -> None:
    with _answering(b".\r\n", answer) as port, pytest.raises(SendUnknown):
        outgoing.send(settings(port), SENDER, READER, mail())


@pytest.mark.parametrize("answer", [b"250 taken\r\n", b"250\r\n", b"250-taken\r\n250 queued\r\n", b"251 taken\n"])
def test_a_well_formed_yes_to_the_final_dot_is_a_yes(answer: bytes) -> None:
    with _answering(b".\r\n", answer) as port:
        outgoing.send(settings(port), SENDER, READER, mail())


@pytest.mark.parametrize("answer", [b"Ok go ahead\r\n", b"\r\n", b"250 yes\r\n"])
def test_an_answer_to_data_that_can_not_be_read_is_no_refusal_for_good(answer: bytes) -> None:
    with _answering(b"DATA", answer) as port, failing("temporary", permanent=False):
        outgoing.send(settings(port), SENDER, READER, mail())
