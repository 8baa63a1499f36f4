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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is made once for a module (the demo's newsroom, a database of twenty thousand tips, a scanner) is made once:
    the tests that share it run in the same worker of pytest-xdist."""
    for item in items:
        if not isinstance(item, pytest.Function) or item.get_closest_marker("xdist_group"):
            continue
        fixtures = item._fixtureinfo.name2fixturedefs.values()
        if any(found[-1].scope == "module" for found in fixtures):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
