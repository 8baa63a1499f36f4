"""Mails as named programs send them, with the answers that were written down before the parser saw them.

`fixtures/truth.jsonl`: one mail a line. `origin` is the address of a public specimen or standard whose form the mail
has, or "modelled", where only experience stands behind it. The people and their words are invented throughout.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tipline.mail.parse import describe

FIXTURES = Path(__file__).parent / "fixtures"
LONGEST = 6 * 1024  # bytes of one fixture
PUBLIC, MODELLED = 71, 288  # how many there are
Value = str | bool | list[str]
Truth = dict[str, object]


def _truth() -> list[Truth]:
    lines = (FIXTURES / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [cast(Truth, json.loads(line)) for line in lines]


TRUTH = _truth()


def _squeezed(value: object) -> str:
    return "\n".join(line.rstrip() for line in str(value).split("\n"))


def _got(read: dict[str, object], name: str) -> Value:
    if name == "files":
        return [cast(str, file["filename"]) for file in cast(list[dict[str, object]], read["attachments"])]
    if name in ("author", "original_author"):
        return cast(dict[str, str], read[name]).get("address", "")
    if name == "author_name":
        return cast(dict[str, str], read["author"]).get("name", "")
    value = read["visible_reply" if name == "text" else name]
    return _squeezed(value) if isinstance(value, str) else cast(Value, value)


def _misses(read: dict[str, object], expect: dict[str, Value]) -> list[str]:
    """What is wrong, in words: field, expected, got. `x_has` and `x_lacks` ask for fragments of x."""
    wrong: list[str] = []
    for key, wanted in expect.items():
        name, _, how = key.rpartition("_")
        if how in ("has", "lacks"):
            got = _got(read, name)
            wrong += [f"{key} {item!r}: {got!r}" for item in cast(list[str], wanted) if (item in got) != (how == "has")]  # type: ignore[operator]
        elif (got := _got(read, key)) != wanted:
            wrong.append(f"{key} {wanted!r}: {got!r}")
    return wrong


@pytest.mark.parametrize("truth", TRUTH, ids=[str(truth["file"]) for truth in TRUTH])
def test_a_program_is_read_as_it_meant(truth: Truth) -> None:
    read = describe((FIXTURES / str(truth["file"])).read_bytes())
    assert _misses(read, cast(dict[str, Value], truth["expect"])) == []


def test_every_mail_has_its_answers_and_every_answer_its_mail() -> None:
    found = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*.eml")}
    assert found == {truth["file"] for truth in TRUTH}
    assert all(truth["kind"] and truth["program"] and truth["expect"] for truth in TRUTH)
    assert max(path.stat().st_size for path in FIXTURES.rglob("*.eml")) <= LONGEST


def test_public_and_modelled_mails_are_counted_apart(record_property: Callable[[str, object], None]) -> None:
    counts = Counter("modelled" if truth["origin"] == "modelled" else "public" for truth in TRUTH)
    for name, count in counts.items():
        record_property(name, count)
    assert all(truth["origin"] == "modelled" or str(truth["origin"]).startswith("https://") for truth in TRUTH)
    assert (counts["public"], counts["modelled"]) == (PUBLIC, MODELLED)
