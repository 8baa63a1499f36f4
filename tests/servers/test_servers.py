"""The servers do what the tests that lean on them take for granted."""

import smtplib
import socket
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from imapclient import IMAPClient

from tests.servers import chromium as browser
from tests.servers import missing, ports, processes
from tests.servers.chromium import NARROW, Chromium
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot import binary as dovecot_binary
from tests.servers.postgres import Postgres
from tests.servers.processes import Tipline
from tests.servers.smtp import Smtp

RAW = b"From: mei@reader.example\r\nSubject: stranded\r\n\r\nI am at the border.\r\n"
LETTER = "From: desk@news.example\r\nTo: mei@reader.example\r\nSubject: hello\r\n\r\nHello\r\n"


def test_a_mailbox_holds_the_bytes_that_were_put_in(dovecot: Dovecot) -> None:
    day = datetime(2020, 3, 14, 9, 26, tzinfo=UTC)
    assert dovecot.append("bytes", RAW, RAW) == [1, 2]
    assert dovecot.append("bytes", RAW, folder="Archive", flags=["\\Seen"], received=day) == [1]
    assert dovecot.flags("bytes", "Archive") == {1: frozenset({"\\Seen", "\\Recent"})}
    with dovecot.client("bytes") as client:
        client.select_folder("Archive", readonly=True)
        row = client.fetch(1, ["BODY.PEEK[]", "INTERNALDATE"])[1]
    assert row[b"BODY[]"] == RAW
    assert row[b"INTERNALDATE"] == day


def test_a_visit_that_changes_the_mailbox_is_seen_in_its_state(dovecot: Dovecot) -> None:
    dovecot.append("visited", RAW)
    before = dovecot.state("visited")
    assert dovecot.state("visited") == before
    with dovecot.client("visited") as client:
        client.select_folder("INBOX")
        client.fetch(1, ["BODY[]"])
    assert dovecot.state("visited") != before


def test_dovecot_speaks_tls_that_a_strict_client_trusts(dovecot: Dovecot) -> None:
    context = ssl.create_default_context(cafile=str(dovecot.cert))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with IMAPClient("localhost", dovecot.tls_port, ssl_context=context) as client:
        client.login("tls", Dovecot.password)
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.starttls(context)
        client.login("tls", Dovecot.password)


def test_dovecot_comes_back_on_its_ports_with_its_mail() -> None:
    missing.need("Dovecot", dovecot_binary())
    with Dovecot() as server:
        server.append("stays", RAW)
        port = server.port
        server.stop()
        server.start()
        assert server.port == port
        assert set(server.flags("stays")) == {1}


def test_a_template_is_prepared_once_and_each_database_is_a_copy_of_it(postgres_cluster: Postgres) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(_plain(url)) as connection:
            connection.execute("CREATE TABLE tip (title text)")

    name = postgres_cluster.template("servers", prepare)
    assert postgres_cluster.template("servers", prepare) == name
    assert len(prepared) == 1
    with postgres_cluster.database(name) as one, postgres_cluster.database(name) as other:
        with psycopg.connect(_plain(one)) as connection:
            connection.execute("INSERT INTO tip VALUES ('口岸')")
        with psycopg.connect(_plain(other)) as connection:
            assert connection.execute("SELECT count(*) FROM tip").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(_plain(one))


def test_a_database_is_dropped_under_those_who_still_use_it(postgres_cluster: Postgres) -> None:
    with postgres_cluster.database() as url:
        connection = psycopg.connect(_plain(url))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")


def test_the_readers_server_keeps_what_it_takes(smtp: Smtp) -> None:
    with smtplib.SMTP(smtp.host, smtp.port) as client:
        client.sendmail("desk+bounce@news.example", ["mei@reader.example"], LETTER)
    (delivery,) = smtp.wait()
    assert (delivery.sender, delivery.recipients) == ("desk+bounce@news.example", ("mei@reader.example",))
    assert delivery.raw == LETTER.encode()
    assert delivery.message["Subject"] == "hello"
    assert not delivery.encrypted


@pytest.mark.parametrize("code", [451, 550])
def test_the_readers_server_refuses_until_told_otherwise(smtp: Smtp, code: int) -> None:
    with smtplib.SMTP(smtp.host, smtp.port) as client:
        with smtp.refusing(code, at="data"), pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("desk@news.example", ["mei@reader.example"], LETTER)
        with smtp.refusing(code), pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("desk@news.example", ["mei@reader.example"], LETTER)
        assert refused.value.smtp_code == code
        assert not smtp.deliveries
        client.sendmail("desk@news.example", ["mei@reader.example"], LETTER)
    assert len(smtp.deliveries) == 1


def test_the_readers_server_can_ask_for_tls_and_a_login() -> None:
    with Smtp(login=("desk", "secret")) as server, smtplib.SMTP(server.host, server.port) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(server.cert)))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("desk", "wrong")
        client.login("desk", "secret")
        client.sendmail("desk@news.example", ["mei@reader.example"], LETTER)
        (delivery,) = server.wait()
    assert (delivery.encrypted, delivery.login) == (True, "desk")


class Page(BaseHTTPRequestHandler):
    """A page whose policy is as strict as ours, with an image that has no alternative text."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header(
            "Content-Security-Policy", "default-src 'none'; img-src 'self'; require-trusted-types-for 'script'"
        )
        self.end_headers()
        head = "<!doctype html><meta name=viewport content='width=device-width'><title>口岸</title>"
        self.wfile.write(f"{head}<p>被困在口岸</p><img src=/none>".encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    with HTTPServer((ports.LOOPBACK, 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{ports.LOOPBACK}:{server.server_port}"
        server.shutdown()


def test_the_browser_shows_a_page_and_finds_its_barriers_under_our_csp(
    chromium: Chromium, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPLINE_PICTURES", str(tmp_path))
    with chromium.page(NARROW, dark=True, locale="zh-CN", base_url=site) as page:
        page.goto("/")
        assert page.evaluate("[innerWidth, navigator.language]") == [NARROW, "zh-CN"]
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert any(line.startswith("image-alt: <img") for line in browser.barriers(page))
        path = browser.picture(page, "narrow")
        assert path
        assert path.read_bytes().startswith(b"\x89PNG")
    with chromium.page(javascript=False, base_url=site) as page:
        page.goto("/")
        assert page.inner_text("p") == "被困在口岸"


def test_our_command_runs_until_it_is_told_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "COMMAND", Path(sys.executable))
    port = ports.free()
    with Tipline("-m", "http.server", str(port), "--bind", ports.LOOPBACK, port=port, folder=tmp_path) as server:
        assert urllib.request.urlopen(server.url).status == 200
        assert server.stop() == -15
        assert not server.running
    with pytest.raises(RuntimeError, match=r"exit 3\):\ngone wrong"):
        Tipline("-c", "print('gone wrong', end=''); exit(3)", port=port).__enter__()


def test_a_test_is_skipped_at_home_and_fails_in_ci_where_a_program_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing.need("it", 0) == 0
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="it is not installed"):
        missing.need("it", None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="it is not installed"):
        missing.need("it", None)


def test_the_network_beyond_loopback_is_off() -> None:
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family) as sock, pytest.raises(OSError, match="network is off"):
            sock.connect((address, 443))
    with pytest.raises(urllib.error.URLError, match="network is off"):
        urllib.request.urlopen("http://news.example/")


@pytest.mark.parametrize(("version", "taken"), [("2.3.19.1 (9b53102964)", False), ("2.4.1-4 (7d8c0e5759)", True)])
def test_a_dovecot_that_reads_other_settings_counts_as_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    program = tmp_path / "dovecot"
    program.write_text(f"#!/bin/sh\necho '{version}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert dovecot_binary() == (program if taken else None)
