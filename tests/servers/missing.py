"""What a test needs from the machine: a reason to skip at home, a failure in CI, where a skipped test would hide."""

import os
from typing import TypeVar

import pytest

Found = TypeVar("Found")


class NotInstalled(Exception):
    """A server's program is not on this machine."""


def need(what: str, found: Found | None, *, whole_module: bool = False) -> Found:
    """`found`; where it is None the test, or the module that is being imported, is skipped, or fails when CI=true."""
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed, and CI leaves no test out", pytrace=False)
    pytest.skip(f"{what} is not installed", allow_module_level=whole_module)
