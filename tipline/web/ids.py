"""Ids: how people call a tip, and ids in addresses, which are no larger than the database's columns hold: asked for a
larger one it raises."""

from collections.abc import Mapping

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from tipline.errors import NotVisible

LARGEST, LARGEST_LONG = 2**31 - 1, 2**63 - 1


class Id(IntegerConverter):
    """`<int:tip_id>`: an INTEGER column. A larger number is no address of ours."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = LARGEST) -> None:
        super().__init__(map, fixed_digits, min, max)


class LongId(IntegerConverter):
    """`<long:file_id>`: a BIGINT column."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = LARGEST_LONG) -> None:
        super().__init__(map, fixed_digits, min, max)


def init(app: Flask) -> None:
    app.url_map.converters.update(int=Id, long=LongId)


def tip_number(tip_id: int) -> str:
    """How people call a tip: T-000412."""
    return f"T-{tip_id:06d}"


def typed_id(number: str) -> int:
    """An id of an INTEGER column that came in a form. ValueError, as `int`, where it can be none."""
    return _within(number, LARGEST)


def typed_long(number: str) -> int:
    """As `typed_id`, of a BIGINT column."""
    return _within(number, LARGEST_LONG)


def answer_id(form: Mapping[str, str]) -> int | None:
    """The answer that a form names; None, the story, only where it names none. NotVisible where it can be no id."""
    if "answer" not in form:
        return None
    try:
        return typed_long(form["answer"])
    except ValueError as error:
        raise NotVisible("answer") from error


def _within(number: str, largest: int) -> int:
    found = int(number)
    if not 0 <= found <= largest:
        raise ValueError("no id is so large")
    return found
