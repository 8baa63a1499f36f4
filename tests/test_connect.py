"""`tipline mailbox connect`: by a device code and by a browser, up to a real login; and who else may knock."""

import base64
import contextlib
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from tests.fixtures_db import KEY
from tests.mails import mails
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import CLIENT, TokenServer
from tests.servers.processes import Tipline
from tests.servers.smtp import BearerSmtp
from tipline import cli
from tipline.core import mailboxes
from tipline.core.mailboxes import grants
from tipline.db import Database
from tipline.errors import GrantRefused, SettingsError
from tipline.mail import oauth
from tipline.mail_settings import OAuth
from tipline.setup import connect, oauth_callback
from tipline.setup.oauth_callback import Listener


@pytest.fixture
def user() -> str:
    return f"china-{uuid4().hex[:8]}"


class House:
    """A newsroom whose mailbox china signs in with a grant."""

    def __init__(self, folder: Path, database: Database, url: str, server: Dovecot, user: str) -> None:
        self.file, self.database, self.server, self.user = folder / "config.toml", database, server, user
        key = folder / "tipline.key"
        key.write_bytes(base64.b64encode(KEY))
        key.chmod(0o600)
        self.text = (
            f'[data]\nurl = "{url}"\n[mailbox.china]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
            f'user = "{user}"\n[mailbox.china.oauth]\nclient_id = "{CLIENT}"\nscope = "mail"\n'
        )

    def at(self, provider: TokenServer, *, device: bool = True, more: str = "") -> Path:
        lines = [f'token_url = "{provider.url}/token"', f'authorization_url = "{provider.url}/authorize"']
        lines += [f'device_url = "{provider.url}/device"'] if device else []
        self.file.write_text(self.text + "\n".join(lines) + "\n" + more, encoding="utf-8")
        return self.file

    @property
    def grant(self) -> grants.Grant | None:
        with self.database.reading() as session:
            return grants.find(session, "china")


@pytest.fixture
def house(
    tmp_path: Path, database: Database, database_url: str, bearer_dovecot: Dovecot, provider: TokenServer, user: str
) -> House:
    provider.user, provider.interval = user, 1
    return House(tmp_path, database, database_url, bearer_dovecot, user)


def tipline(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["--config", str(config), *arguments])


def wait(met: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not met():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_device_code_leads_to_a_login(house: House, provider: TokenServer) -> None:
    house.server.append(house.user, *mails(2))
    provider.device.extend(["authorization_pending"])
    done = tipline(house.at(provider), "mailbox", "connect", "china")
    assert done.exit_code == 0, done.output
    assert f"open\n\n    {provider.url}/activate\n" in done.output and "ABCD-EFGH" in done.output
    assert f"✓ mailbox china: {house.user}: INBOX (2 messages)" in done.output
    assert house.grant and provider.good(house.grant.tokens.access)
    assert [token for token in provider.issued if token in done.output] == []


def test_a_browser_leads_to_a_login(house: House, provider: TokenServer) -> None:
    file = house.at(provider, device=False)
    with Tipline("--config", str(file), "mailbox", "connect", "china") as command:
        wait(lambda: "Waiting" in command.output)
        (address,) = re.findall(rf"{provider.url}/authorize\S+", command.output)
        with urllib.request.urlopen(address, timeout=10) as page:  # the provider sends the browser back to us
            assert "close this window" in page.read().decode()
            assert page.headers["Cache-Control"] == "no-store"
        assert command.process.wait(60) == 0, command.output
        assert f"✓ mailbox china: {house.user}: INBOX" in command.output
        assert "ssh -L" in command.output and f"as {house.user}" in command.output
        assert [token for token in provider.issued if token in command.output] == []
    assert house.grant and provider.good(house.grant.tokens.access)


def test_with_browser_the_device_code_is_left_aside(house: House, provider: TokenServer) -> None:
    file = house.at(provider)
    with Tipline("--config", str(file), "mailbox", "connect", "china", "--browser") as command:
        wait(lambda: "Waiting" in command.output)
        assert "ssh -L" in command.output and provider.counted["/device"] == 0


def test_what_the_desk_said_against_the_mailbox_is_over(house: House, provider: TokenServer) -> None:
    with house.database.writing() as session:
        mailboxes.unwell(session, "china", "grant")
        session.commit()
    assert tipline(house.at(provider), "mailbox", "connect", "china").exit_code == 0
    with house.database.writing() as session:
        assert mailboxes.mailbox(session, "china").error == ""


def test_a_login_that_fails_is_said_and_the_exit_code_too(house: House, provider: TokenServer) -> None:
    provider.user = "somebody-else"
    done = tipline(house.at(provider), "mailbox", "connect", "china")
    assert done.exit_code == 1
    assert "✗ mailbox china" in done.output and "`user`" in done.output


def test_outgoing_mail_is_tried_where_the_grant_signs_in_there_too(house: House, provider: TokenServer) -> None:
    with BearerSmtp(provider.good) as smtp:
        more = (
            f'[smtp]\nhost = "127.0.0.1"\nport = {smtp.port}\nuser = "{house.user}"\nca_file = "{smtp.cert}"\n'
            'oauth_mailbox = "china"\n'
        )
        file = house.at(provider, more=more)
        done = tipline(file, "mailbox", "connect", "china")
        assert done.exit_code == 0, done.output
        assert "✓ smtp" in done.output
        assert "✓ smtp" in (said := tipline(file, "doctor").output) and "✓ mailbox china" in said


def test_doctor_tells_a_grant_that_ended_from_one_that_never_was(house: House, provider: TokenServer) -> None:
    file = house.at(provider)
    said = tipline(file, "doctor").output
    assert "✗ mailbox china" in said and "Nobody has connected" in said
    provider.lifetime = 60  # so short that each sign-in renews it
    assert tipline(file, "mailbox", "connect", "china").exit_code == 0
    provider.end()
    said = tipline(file, "doctor").output
    assert "✗ mailbox china" in said and "grant has ended" in said and "tipline mailbox connect" in said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("access_denied", "refused at the provider"),
        ("expired_token", "Nobody consented in time"),
        ("invalid_client", "client_id"),
        ("invalid_grant", "Run this again"),
    ],
)
def test_no_consent_is_one_sentence_and_changes_nothing(
    house: House, provider: TokenServer, word: str, said: str
) -> None:
    provider.device.append(word)
    done = tipline(house.at(provider), "mailbox", "connect", "china")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ") and said in done.stderr and "Traceback" not in done.output
    assert house.grant is None


def test_a_token_without_a_lasting_grant_is_not_kept(house: House, provider: TokenServer) -> None:
    provider.raw = b'{"access_token": "access-alone", "expires_in": 3600}'
    done = tipline(house.at(provider), "mailbox", "connect", "china")
    assert done.exit_code == 1 and "offline_access" in done.stderr
    assert house.grant is None


def test_a_mailbox_that_is_not_set_up_for_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[mailbox.tips]\nhost = "h"\nuser = "u"\n', encoding="utf-8")
    key = tmp_path / "tipline.key"
    key.write_bytes(base64.b64encode(KEY))
    key.chmod(0o600)
    done = tipline(file, "mailbox", "connect", "china")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: mailbox.china: there is no such section; the settings know tips\n",
    )
    assert "mailbox.tips.oauth" in tipline(file, "mailbox", "connect", "tips").stderr


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the command waited before each question, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(connect, "sleep", waited.append)
    return waited


def by_device(provider: TokenServer) -> OAuth:
    urls = {"token_url": f"{provider.url}/token", "device_url": f"{provider.url}/device"}
    return OAuth.model_validate({"client_id": CLIENT, "scope": "mail", **urls})


def test_slow_down_is_obeyed(provider: TokenServer, pauses: list[float]) -> None:
    provider.device.extend(["authorization_pending", "slow_down", "slow_down", "authorization_pending"])
    assert connect.consent(by_device(provider), "china", connect.ConsentMethod(), print)
    assert pauses == [5, 5, 10, 15, 15]


def test_a_provider_that_is_down_for_a_moment_is_asked_again_and_more_rarely(
    provider: TokenServer, pauses: list[float]
) -> None:
    provider.down = 2
    assert connect.consent(by_device(provider), "china", connect.ConsentMethod(), print)
    assert pauses == [5, 10, 20]


def test_a_device_code_is_not_asked_for_beyond_its_life(provider: TokenServer, pauses: list[float]) -> None:
    provider.device.extend(["authorization_pending"] * 1000)
    with pytest.raises(GrantRefused) as caught:
        connect.consent(by_device(provider), "china", connect.ConsentMethod(), print)
    assert caught.value.reason == "expired" and 900 <= sum(pauses) < 910


# The listener, and whoever else comes to it.


def by_browser(provider: TokenServer, **changes: str) -> OAuth:
    urls = {"token_url": f"{provider.url}/token", "authorization_url": f"{provider.url}/authorize"}
    return OAuth.model_validate({"client_id": CLIENT, "scope": "mail", **urls, **changes})


class Waiting:
    """A listener that waits on a thread of its own; `.outcome` is its code, or why there is none."""

    def __init__(self, client: OAuth) -> None:
        self.client = client
        self.outcome = ""

    def __enter__(self) -> "Waiting":
        self.listener = Listener(self.client, "china")
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def _wait(self) -> None:
        with self.listener:
            try:
                self.outcome = self.listener.code()
            except GrantRefused as error:
                self.outcome = f"refused: {error.reason}"

    def finish(self) -> str:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.outcome

    def knock(self, host: str = "", path: str = "/", **query: str) -> int:
        port = self.listener.port
        address = f"http://127.0.0.1:{port}{path}?{urlencode(query)}"
        request = urllib.request.Request(address, headers={"Host": host or f"127.0.0.1:{port}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as page:
                return int(page.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    @property
    def state(self) -> str:
        return self.listener.trip.state


@pytest.fixture
def waiting(provider: TokenServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    monkeypatch.setattr(oauth_callback, "SECONDS", 20.0)
    with Waiting(by_browser(provider)) as listener:
        yield listener


def test_only_the_answer_to_our_own_question_counts(waiting: Waiting) -> None:
    assert waiting.knock(code="forged", state="guessed") == 400
    assert waiting.knock(code="forged") == 400
    assert waiting.knock() == 400
    assert waiting.knock(path="/favicon.ico") == 404
    assert waiting.knock(host="evil.example", code="forged", state=waiting.state) == 404
    assert waiting.outcome == ""
    assert waiting.knock(code="genuine", state=waiting.state) == 200
    assert waiting.finish() == "genuine"


def test_two_codes_or_two_states_are_none(waiting: Waiting) -> None:
    port, state = waiting.listener.port, waiting.state
    for query in (f"code=a&code=b&state={state}", f"code=a&state={state}&state=x"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/?{query}", timeout=10)
        caught.value.close()
        assert caught.value.code == 400
    waiting.knock(code="genuine", state=state)


def test_it_answers_once(waiting: Waiting) -> None:
    assert waiting.knock(code="first", state=waiting.state) == 200
    assert waiting.finish() == "first"
    with pytest.raises(OSError):
        waiting.knock(code="second", state=waiting.state)


def test_an_answer_of_another_issuer_ends_it(waiting: Waiting) -> None:
    assert waiting.knock(code="mixed-up", state=waiting.state, iss="https://evil.example") == 400
    assert waiting.finish() == "refused: connect"


def test_a_refusal_at_the_provider_ends_it(waiting: Waiting) -> None:
    assert waiting.knock(error="access_denied", state=waiting.state) == 400
    assert waiting.finish() == "refused: denied"


def test_whoever_connects_and_says_nothing_keeps_nobody_out(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_connection(("127.0.0.1", waiting.listener.port)):
        assert waiting.knock(code="genuine", state=waiting.state) == 200
    assert waiting.finish() == "genuine"


def test_it_listens_on_this_machine_alone(waiting: Waiting) -> None:
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if int(line.split()[1].rpartition(":")[2], 16) == waiting.listener.port and line.split()[3] == "0A"
    ]
    assert [address.partition(":")[0] for address in listening] == ["0100007F"]
    waiting.knock(code="genuine", state=waiting.state)


def test_nobody_waits_for_ever(provider: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth_callback, "SECONDS", 0.2)
    with Waiting(by_browser(provider)) as listener:
        assert listener.finish() == "refused: expired"


def test_a_port_that_is_taken_is_one_sentence(provider: TokenServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"--port: {port} is taken"):
            Listener(by_browser(provider), "china", port)


def test_a_code_that_was_stolen_on_the_way_is_worth_nothing_without_the_verifier(provider: TokenServer) -> None:
    client = by_browser(provider)
    ours, thiefs = oauth.consent(client, 4711, "china"), oauth.consent(client, 4711, "china")
    with pytest.raises(GrantRefused) as caught:
        oauth.of_code(client, thiefs, _code(ours.address))
    assert caught.value.reason == "grant"
    assert oauth.of_code(client, ours, _code(ours.address)).refresh


def _code(address: str) -> str:
    """What the provider sends the browser away with."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(Stay).open(address, timeout=10)
    caught.value.close()
    return parse_qs(urlsplit(caught.value.headers["Location"]).query)["code"][0]


def test_several_processes_share_a_grant_whose_refresh_tokens_are_good_once(
    house: House, provider: TokenServer
) -> None:
    file = house.at(provider)
    assert tipline(file, "mailbox", "connect", "china").exit_code == 0
    provider.lifetime, provider.delay = 60, 0.2  # so short that each sign-in renews it
    provider.forget_access()  # each of them is refused, and needs another token than the one that is kept
    with contextlib.ExitStack() as stack:
        doctors = [stack.enter_context(Tipline("--config", str(file), "doctor")) for _ in range(4)]
        for doctor in doctors:
            doctor.process.wait(90)
            assert "✓ mailbox china" in doctor.output, doctor.output
    assert house.grant and house.grant.error == ""
