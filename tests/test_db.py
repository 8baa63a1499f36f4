"""What `data.url` may name, and what is said where it can't be opened."""

import sys

import pytest

from tipline.db import connect
from tipline.errors import SettingsError


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as Python does for a module that isn't there
    with pytest.raises(SettingsError, match=r"install tipline\[postgresql\]"):
        connect("postgresql:///tipline")
