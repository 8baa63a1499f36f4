"""Keys of fact types, as one types them in a filter, fact:KEY=value: letters and digits of any script."""

import re
import unicodedata
from collections.abc import Iterable

from tipline.core.text.storable import storable
from tipline.core.text.tokens import fold
from tipline.models import FactType

MAX_KEY_LENGTH = 60


def key_of(name: str) -> str:
    """The key of a name: its letters with their marks (without which Hindi or Thai is unreadable) and its digits, "-"
    between words. Empty where it has none."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", storable(name)).casefold())
    return re.sub("-+", "-", "".join(c if _in_key(c) else "-" for c in plain)).strip("-")[:MAX_KEY_LENGTH].strip("-")


def called(types: Iterable[FactType], typed: str) -> FactType | None:
    """The type that a filter means: by its key, else by the name that it has now, in either Chinese writing."""
    key, wanted = key_of(typed), fold(key_of(typed))
    found = None
    for kind in types:
        if kind.key == key:
            return kind
        if found is None and wanted and wanted in (fold(kind.key), fold(key_of(kind.name))):
            found = kind
    return found


def parts(value: str) -> list[str]:
    """What stands between commas in the value of a fact filter: KEY or KEY=value. "1,000" is one number, and a comma
    in a place's name parts nothing either."""
    plain = " ".join(value.replace('"', " ").replace("＝", "=").split())
    first, *rest = re.split("([,，])", plain)
    found = [first]
    for comma, part in zip(rest[::2], rest[1::2], strict=True):
        if _begins_with_key(part):
            found.append(part)
        else:
            found[-1] += comma + part
    return [part.strip() for part in found]


def _begins_with_key(part: str) -> bool:
    key, named, _ = part.partition("=")
    key = key.strip()
    letter = any(map(str.isalpha, key if named else key[:1]))  # "1,200" goes on, "2020年去向=回国" does not
    return letter and all(c in "-_" or _in_key(c) for c in key)


def _in_key(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"
