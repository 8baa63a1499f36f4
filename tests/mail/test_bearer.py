"""Signing in with tokens: at the real Dovecot, and at an SMTP server that takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from tests.mails import mail, mails
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import CLIENT, TokenServer
from tests.servers.scripted import Scripted
from tests.servers.smtp import BearerSmtp
from tipline.errors import MailboxUnreachable, SendFailed
from tipline.mail import bearer, outgoing
from tipline.mail.bearer import Credentials
from tipline.mail.imap import ImapMailbox
from tipline.mail_settings import MailboxSettings, Smtp

SENDER, READER = "tips@meridian.example", "mei@reader.example"


@pytest.fixture
def user() -> str:
    return f"china-{uuid4().hex[:8]}"


@dataclass
class Given:
    """Gives these tokens in turn, and keeps what it was asked."""

    tokens: list[str]
    asked: list[bool] = field(default_factory=list)

    def __call__(self, refused: bool) -> str:
        self.asked.append(refused)
        return self.tokens.pop(0)


def settings(server: Dovecot | Scripted, user: str, url: str = "http://127.0.0.1:1") -> MailboxSettings:
    oauth = {"client_id": CLIENT, "token_url": f"{url}/token", "device_url": f"{url}/device"}
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "user": user, "oauth": oauth}
    return MailboxSettings.model_validate(values)


@contextmanager
def unreachable(reason: str) -> Iterator[None]:
    with pytest.raises(MailboxUnreachable) as caught:
        yield
    assert caught.value.reason == reason
    assert "access-" not in str(caught.value)


@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
def test_a_token_opens_the_mailbox_by_either_mechanism(provider: TokenServer, user: str, mechanism: str) -> None:
    access, _ = provider.consented(user)
    with Dovecot(provider.url, mechanisms=[mechanism]) as server:
        server.append(user, *mails(2))
        with ImapMailbox(settings(server, user), Given([access])) as box:
            box.enter("INBOX")
            assert len(box.keys(1)) == 2
        assert f"method={mechanism.upper()}" in server.log


def test_oauthbearer_is_preferred() -> None:
    assert bearer.choose({"XOAUTH2", "OAUTHBEARER", "PLAIN"}.__contains__) == "OAUTHBEARER"
    assert bearer.choose({"XOAUTH2"}.__contains__) == "XOAUTH2"
    assert bearer.choose({"PLAIN"}.__contains__) is None


def test_a_refused_token_is_replaced_once(bearer_dovecot: Dovecot, provider: TokenServer, user: str) -> None:
    access, _ = provider.consented(user)
    token = Given(["access-of-yesterday", access])
    with ImapMailbox(settings(bearer_dovecot, user), token) as box:
        box.enter("INBOX")
    assert token.asked == [False, True]


def test_a_token_that_ends_while_mail_is_read_is_replaced_at_the_next_connection(
    bearer_dovecot: Dovecot, provider: TokenServer, user: str
) -> None:
    raw = mail()
    bearer_dovecot.append(user, raw)
    access, _ = provider.consented(user)
    token = Given([access, access])
    with ImapMailbox(settings(bearer_dovecot, user), token) as box:
        box.enter("INBOX")
        (listed,) = box.sizes(box.keys(1))
        provider.forget_access()
        token.tokens.append(provider.consented(user)[0])
        alone = box.fetch_alone(listed)
    assert alone is not None and alone.raw == raw
    assert token.asked == [False, False, True]


def test_a_second_refusal_is_the_end(bearer_dovecot: Dovecot, provider: TokenServer, user: str) -> None:
    token = Given(["access-of-yesterday", "access-of-today", "access-of-tomorrow"])
    with unreachable("token"), ImapMailbox(settings(bearer_dovecot, user), token):
        pass
    assert token.asked == [False, True]


def test_the_token_of_somebody_else_does_not_open_it(bearer_dovecot: Dovecot, provider: TokenServer, user: str) -> None:
    access, _ = provider.consented("somebody-else")
    with unreachable("token"), ImapMailbox(settings(bearer_dovecot, user), Given([access, access])):
        pass


def test_without_anybody_to_give_a_token_nobody_connects(user: str) -> None:
    with Scripted() as server:
        with unreachable("no_grant"), ImapMailbox(settings(server, user)):
            pass
        assert server.connections == 0


def test_a_server_that_takes_no_tokens_never_sees_one(user: str) -> None:
    with Scripted(capabilities="IMAP4rev1 AUTH=PLAIN") as server:
        with unreachable("token"), ImapMailbox(settings(server, user), Given(["access-1"])):
            pass
        assert "AUTHENTICATE" not in server.heard and "LOGIN" not in server.heard


@pytest.mark.parametrize("mechanism", bearer.PREFERRED)
def test_a_refusal_is_answered_without_the_token(mechanism: str) -> None:
    talk = Credentials(mechanism, "a,b=c@news.example", "access-1", "imap.news.example", 993)
    assert "access-1" in talk() and "access-1" not in repr(talk)
    assert talk(b'{"status":"invalid_token"}') == ("\x01" if mechanism == "OAUTHBEARER" else "")


def test_oauthbearer_is_worded_as_its_standard_has_it() -> None:
    said = Credentials("OAUTHBEARER", "a,b=c@news.example", "t", "imap.news.example", 993)()
    assert said == "n,a=a=2Cb=3Dc@news.example,\x01host=imap.news.example\x01port=993\x01auth=Bearer t\x01\x01"


def test_a_separator_in_user_or_token_is_refused() -> None:
    for user, token in (("a\x01auth=Bearer x", "t"), ("a", "t\x01")):
        with pytest.raises(ValueError):
            Credentials("XOAUTH2", user, token, "h", 1)


@contextmanager
def posting(provider: TokenServer, *mechanisms: str) -> Iterator[tuple[BearerSmtp, Smtp]]:
    with BearerSmtp(provider.good, mechanisms or bearer.PREFERRED) as server:
        values = {"host": "127.0.0.1", "port": server.port, "user": "china", "ca_file": server.cert}
        yield server, Smtp.model_validate({**values, "oauth_mailbox": "china"})


@pytest.mark.parametrize("mechanism", bearer.PREFERRED)
def test_a_mail_is_sent_with_a_token_by_either_mechanism(provider: TokenServer, mechanism: str) -> None:
    access, _ = provider.consented("china")
    with posting(provider, mechanism) as (server, smtp):
        outgoing.send(smtp, SENDER, READER, mail(), Given([access]))
        (delivery,) = server.wait()
    assert (delivery.encrypted, delivery.login) == (True, "china")


@pytest.mark.parametrize("mechanism", bearer.PREFERRED)
def test_smtp_replaces_a_refused_token_once_and_does_not_repeat_it(provider: TokenServer, mechanism: str) -> None:
    access, _ = provider.consented("china")
    with posting(provider, mechanism) as (server, smtp):
        token = Given(["access-of-yesterday", access])
        outgoing.send(smtp, SENDER, READER, mail(), token)
        assert len(server.wait()) == 1
        assert token.asked == [False, True]
        assert server.last_words == [b"\x01" if mechanism == "OAUTHBEARER" else b""]


def test_smtp_gives_up_after_the_second_and_the_mail_waits(provider: TokenServer) -> None:
    with posting(provider) as (server, smtp), pytest.raises(SendFailed) as caught:
        outgoing.send(smtp, SENDER, READER, mail(), Given(["access-1", "access-2", "access-3"]))
    assert (caught.value.reason, caught.value.permanent) == ("grant", False)
    assert server.deliveries == [] and len(server.last_words) == 2


@pytest.mark.parametrize(
    ("said", "reason"), [("connect", "connect"), ("grant", "grant"), ("no_grant", "grant"), ("client", "grant")]
)
def test_where_there_is_no_token_the_mail_waits_and_nobody_connects(said: str, reason: str) -> None:
    def token(refused: bool) -> str:
        raise MailboxUnreachable(said)

    smtp = Smtp(host="127.0.0.1", port=1, user="china", oauth_mailbox="china")
    with pytest.raises(SendFailed) as caught:
        outgoing.send(smtp, SENDER, READER, mail(), token)
    assert (caught.value.reason, caught.value.permanent) == (reason, False)
