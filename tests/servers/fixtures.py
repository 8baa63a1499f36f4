"""The servers as fixtures. Each worker of the test runner has its own, but for PostgreSQL, which all share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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


def _of_worker(config: pytest.Config) -> dict[str, str] | None:
    """What the main process told this worker of pytest-xdist; None in the main process itself."""
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    return told


def pytest_configure(config: pytest.Config) -> None:
    if _of_worker(config) is None:
        config.stash[SHARED] = tempfile.TemporaryDirectory(prefix="tipline-")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the run's shared folder is."""
    node.workerinput["shared"] = node.config.stash[SHARED].name


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that outlives the workers ends what they share, whichever of them started it."""
    if shared := config.stash.get(SHARED, None):
        cluster = Postgres(Path(shared.name))
        if cluster.started:
            cluster.stop()
        shared.cleanup()


@pytest.fixture(scope="session")
def postgres_cluster(pytestconfig: pytest.Config) -> Postgres:
    """`with postgres_cluster.database(template) as url:` gives a test a database of its own."""
    need("PostgreSQL (postgresql)", database.binaries())
    told = _of_worker(pytestconfig)
    cluster = Postgres(Path(told["shared"] if told else pytestconfig.stash[SHARED].name))
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
