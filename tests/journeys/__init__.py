"""Journeys through a real browser: skipped without Playwright (`uv sync --all-groups`), which fails in CI."""

from importlib.util import find_spec

from tests.servers.missing import need

need("Playwright (uv sync --all-groups)", find_spec("playwright"), whole_module=True)
