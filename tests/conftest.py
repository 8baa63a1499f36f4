"""What every test stands on: the servers it may ask for, and no network beyond loopback."""

import os

import pytest

from tests.servers import network

pytest_plugins = ["tests.servers.fixtures", "tests.fixtures_db", "tests.fixtures_web"]

network.switch_off()


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors. But what a library's new release deprecates fails CI alone, and nobody's first run."""
    if os.environ.get("CI") != "true":
        for category in ("DeprecationWarning", "PendingDeprecationWarning"):
            config.addinivalue_line("filterwarnings", f"default::{category}")
