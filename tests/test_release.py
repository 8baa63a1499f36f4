"""The pins of a release (.ci/requirements.txt) fit this pyproject.toml and say nothing of where they came from."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = (ROOT / ".ci/requirements.txt").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DIRECT = PROJECT["dependencies"] + [line for extra in PROJECT["optional-dependencies"].values() for line in extra]


@pytest.mark.parametrize("line", DIRECT)
def test_every_direct_dependency_is_pinned_within_its_range(line: str) -> None:
    requirement = Requirement(line)
    pinned = {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in map(Requirement, re.findall(r"^[^\s#-][^\\\n]*", PINS, re.MULTILINE))
    }
    version = pinned[canonicalize_name(requirement.name)]
    assert version in requirement.specifier


def test_every_library_that_is_imported_is_declared_with_an_upper_bound() -> None:
    declared = {canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in DIRECT}
    of_module, missing = packages_distributions(), set()
    for file in (ROOT / "tipline").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"tipline"}:
                known = {canonicalize_name(name) for name in of_module.get(module, [module])}
                if not known & declared.keys():
                    missing.add(module)
    assert not missing
    bounded = {name for name, specifier in declared.items() if any(one.operator == "<" for one in specifier)}
    assert declared.keys() - bounded == {"tzdata"}, "dates and nothing else, and its releases are dates"


def test_every_pin_has_hashes() -> None:
    for pin in re.split(r"^(?=\S)", PINS, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in pin, pin


def test_the_pins_name_no_address() -> None:
    assert "http" not in PINS
    assert "index" not in PINS
