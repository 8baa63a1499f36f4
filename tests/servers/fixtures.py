"""The servers as fixtures. Each worker of the test runner has its own, but for PostgreSQL, which all share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import applications
from tests.servers import chromium as browser
from tests.servers import dovecot as imap
from tests.servers import postgres as database
from tests.servers.chromium import Chromium
from tests.servers.dovecot import Dovecot
from tests.servers.missing import need
from tests.servers.oauth import TokenServer
from tests.servers.postgres import Postgres
from tests.servers.smtp import Smtp

SHARED = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """The run's folder, whose name all processes of the run inherit, those of pytest-xdist and those of tests."""
    if not hasattr(config, "workerinput"):
        config.stash[SHARED] = tempfile.TemporaryDirectory(prefix="tipline-")
        os.environ[applications.FOLDER] = config.stash[SHARED].name
    applications.share()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that outlives the workers ends what they share, whichever of them started it."""
    if shared := config.stash.get(SHARED, None):
        cluster = Postgres(Path(shared.name))
        if cluster.started:
            cluster.stop()
        shared.cleanup()


@pytest.fixture(scope="session")
def postgres_cluster() -> Postgres:
    """`with postgres_cluster.database(template) as url:` gives a test a database of its own."""
    need("PostgreSQL (postgresql)", database.binaries())
    cluster = Postgres(Path(os.environ[applications.FOLDER]))
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A mail server for the session. Take a user name that no other test takes, and the mailbox is yours."""
    need("Dovecot 2.4 (dovecot-imapd)", imap.binary())
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def token_server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


@pytest.fixture
def provider(token_server: TokenServer) -> TokenServer:
    """The token server, as at its start at each test's."""
    token_server.clear()
    return token_server


@pytest.fixture(scope="session")
def bearer_dovecot(token_server: TokenServer) -> Iterator[Dovecot]:
    """A mail server that takes the token server's tokens."""
    need("Dovecot (dovecot-imapd)", imap.binary())
    with Dovecot(token_server.url) as server:
        yield server


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[Smtp]:
    with Smtp() as server:
        yield server


@pytest.fixture
def smtp(smtp_server: Smtp) -> Smtp:
    """The reader's mail server, empty at each test's start."""
    smtp_server.clear()
    return smtp_server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A browser for a module's tests, no longer: while it runs, `asyncio.run` is refused on this thread."""
    need("Chromium (chromium)", browser.binary())
    with Chromium() as running:
        yield running
