"""The pins of a release (.ci/requirements.txt) fit this pyproject.toml and say nothing of where they came from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = (ROOT / ".ci/requirements.txt").read_text()
DIRECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


@pytest.mark.parametrize("line", DIRECT)
def test_every_direct_dependency_is_pinned_within_its_range(line: str) -> None:
    requirement = Requirement(line)
    pinned = {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in map(Requirement, re.findall(r"^[^\s#-][^\\\n]*", PINS, re.MULTILINE))
    }
    version = pinned[canonicalize_name(requirement.name)]
    assert version in requirement.specifier


def test_every_pin_has_hashes() -> None:
    for pin in re.split(r"^(?=\S)", PINS, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in pin, pin


def test_the_pins_name_no_address() -> None:
    assert "http" not in PINS
    assert "index" not in PINS
