"""Each string that people see is in both Chinese catalogues, and says the same things."""

import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tipline.paths import CATALOGUES, TRANSLATIONS

ROOT = Path(__file__).parents[1]
LOCALES = sorted(p.name for p in TRANSLATIONS.iterdir() if (p / "LC_MESSAGES").is_dir())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
HAN = re.compile(r"[一-鿿]")
# The same in every language: names, and examples of what to type.
UNTRANSLATED = {"tipline", "English", "简体中文", "OK"}


@lru_cache(maxsize=1)
def extracted() -> Catalog:
    """What the code and the templates ask gettext for, by the command that CONTRIBUTING names."""
    target = ROOT / ".pytest_cache" / "messages.pot"
    target.parent.mkdir(exist_ok=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml"),
            *("-k", "_l", "-k", "N_", "-k", "_n:1,2", "-o", str(target), "."),
        ],
        cwd=ROOT,
        check=True,
    )
    with target.open("rb") as file:
        return read_po(file)


def catalogue(locale: str) -> Catalog:
    with (TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def words(message: Message) -> list[str]:
    found = message.string if isinstance(message.string, tuple | list) else [message.string]
    return [word or "" for word in found]


def messages() -> list[Message]:
    return [message for message in extracted() if message.id]


def test_there_are_strings_to_translate() -> None:
    assert len(messages()) > 300
    assert sorted(CATALOGUES[1:]) == LOCALES


@pytest.mark.parametrize("locale", LOCALES)
def test_every_string_is_translated_and_none_is_a_guess(locale: str) -> None:
    known = catalogue(locale)
    missing = []
    for message in messages():
        found = known.get(message.id, message.context)
        if found is None or found.fuzzy or not all(words(found)):
            missing.append(message.id)
    assert missing == []


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_come_through(locale: str) -> None:
    for message in catalogue(locale):
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        wanted = sorted(set(PLACEHOLDER.findall(ids[-1])))
        for word in words(message) if message.id else []:
            assert sorted(set(PLACEHOLDER.findall(word))) == wanted, message.id


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
def test_chinese_is_chinese(locale: str) -> None:
    for message in catalogue(locale):
        said = re.sub(r"%\(\w+\)[sd]", "", str(message.id))
        if message.id and message.id not in UNTRANSLATED and re.search(r"[a-z]{4}", said):
            assert any(HAN.search(word) for word in words(message)), message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_stays_in_the_catalogue_that_nobody_asks_for(locale: str) -> None:
    asked = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in messages()}
    left = [
        m.id for m in catalogue(locale) if m.id and (m.id if isinstance(m.id, str) else m.id[0], m.context) not in asked
    ]
    assert left == []
