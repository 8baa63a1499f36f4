"""What our own mail server found out about the sender: Authentication-Results (RFC 8601).

Anybody can write this field, with our server's id too. So only ids named in the settings count, and of their fields
only those that our server provably wrote: servers put theirs on top of what they were given, so what stands above the
first Received field is ours, and where nothing stands there, the topmost one (RFC 8601 5).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tipline.core.words.fitting import ADDRESS
from tipline.mail import headers

MAX_VALUE = 20_000
MAX_FIELDS = 20
_RESULTS = frozenset(
    ("none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror", "bestguesspass")
)
_PLACES = re.compile(rb"^(received|authentication-results)[ \t]*:", re.MULTILINE | re.IGNORECASE)
_TOKEN = re.compile(r'("(?:[^"\\]|\\.){0,2000}+")|([()\\;=])|[^\s()"\\;=]+|\s+|"', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OF_DOMAIN = re.compile(r'(?:(?:"(?:[^"\\]|\\.)*+"|[^"@]*+)@)?([^\s@"\\<>()\[\],;:=]++)', re.DOTALL)
UNCLEAR = "?"  # a domain that nobody has


@dataclass(frozen=True, slots=True)
class Check:
    """One method's result: "pass", "fail", "none", …, and the domain that it is about, "" where none is named."""

    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """All results of trusted servers; "" where none says anything of DMARC."""

    checks: tuple[Check, ...] = ()

    @property
    def dmarc(self) -> str:
        found = [check.result for check in self.checks if check.method == "dmarc"]
        return "pass" if "pass" in found else found[0] if found else ""

    def confirms(self, address: str) -> bool | None:
        """Whether the mail did come from the domain of its From address (RFC 7489 3.1, relaxed alignment).

        None where nothing is known: no trusted server said anything. What is no single address belongs to no domain
        that anybody could vouch for ("ann@example.org,eve@example.net").
        """
        if not self.checks:
            return None
        if not ADDRESS.fullmatch(address):
            return False
        domain = address.rpartition("@")[2].lower().rstrip(".")
        if self.dmarc == "fail":
            return False
        if any(check.method == "dmarc" and check.result == "pass" and _about(check, domain) for check in self.checks):
            return True
        passed = (check for check in self.checks if check.result == "pass" and check.method in ("spf", "dkim"))
        return any(_aligned(check.domain, domain) for check in passed)


def authentication(fields: headers.Fields, head: bytes, trusted: Collection[str]) -> Authentication:
    """The results of the servers whose authserv-id is trusted (any letter case).

    `head`: the header fields as they came, for their order. All trusted fields above the first Received count, else
    the topmost trusted one alone.
    """
    ids = {name.strip().lower() for name in trusted if name.strip()}
    if not ids:
        return Authentication()
    found = [_trusted(raw, ids) for raw in fields.get("authentication-results", ())[:MAX_FIELDS]]
    above = [checks for checks in found[: _above_received(head)] if checks is not None]
    blocks = above or [checks for checks in found if checks is not None][:1]
    return Authentication(tuple(check for checks in blocks for check in checks))


def _above_received(head: bytes) -> int:
    """How many of the fields stand above the first Received; none where there is no Received at all."""
    for count, match in enumerate(_PLACES.finditer(head)):
        if match[1].lower() == b"received":
            return count
    return 0


def _trusted(raw: bytes, ids: Collection[str]) -> list[Check] | None:
    """The checks of one field, or None where it is not by one of these servers."""
    statements = list(_statements(raw[:MAX_VALUE].decode("utf-8", "replace")))
    if not (statements and statements[0] and statements[0][0].lower() in ids):
        return None
    return [check for words in statements[1:] if (check := _check(words))]


def _statements(value: str) -> Iterator[list[str]]:
    """The tokens between semicolons, without comments. What touches is one token: `"ann@y.org"@x.org` and
    `y.org=eve@x.org` are addresses that anybody may send from, and no more than x.org vouches for them."""
    words: list[str] = []
    depth, end = 0, -1  # `end` of the last token, where one that touches it belongs to it
    for match in _TOKEN.finditer(value):
        special, token = match[2], match[0]
        if depth:
            depth += (special == "(") - (special == ")")
        elif special == "(":
            depth, end = 1, -1
        elif special == ";":
            yield words
            words, end = [], -1
        elif token.isspace() or special == ")":
            end = -1
        elif token == '"':
            yield [*words, token]
            return  # it never ends: whatever comes may be somebody's words
        else:
            of_value = words[-2:-1] == ["="]
            if end == match.start() and words[-1] != "=" and (special != "=" or of_value):
                words[-1] += token
            else:
                words.append(token)
            end = match.end()
    yield words


def _check(words: list[str]) -> Check | None:
    if len(words) < 3 or words[1] != "=" or words[2].lower() not in _RESULTS:
        return None
    properties = {words[at - 1].lower(): _value(words, at + 1) for at in range(4, len(words) - 1) if words[at] == "="}
    named = ("header.from",) if words[0].lower().startswith("dmarc") else ("header.d", "header.i", "smtp.mailfrom")
    value = next((properties[name] for name in named if name in properties), None)
    return Check(words[0].lower().split("/")[0], words[2].lower(), "" if value is None else _domain(value))


def _value(words: list[str], at: int) -> str:
    """The value at a place, with what stands behind it and is no property's name but some more of an address."""
    more = words[at + 1] if words[at + 2 : at + 3] != ["="] and at + 1 < len(words) else ""
    return f"{words[at]} {more}" if "@" in more or '"' in more else words[at]


def _domain(value: str) -> str:
    """The domain of an address, or what is one itself; UNCLEAR where it may be read in two ways."""
    whole = _QUOTED.fullmatch(value)
    found = _OF_DOMAIN.fullmatch(_ESCAPED.sub(r"\1", whole[1]) if whole else value)
    return found[1].lower().rstrip(".") if found else UNCLEAR


def _about(check: Check, domain: str) -> bool:
    """Whether a DMARC result is about this From domain; servers that leave header.from out mean the only one."""
    return not check.domain or check.domain == domain


def _aligned(one: str, other: str) -> bool:
    """Equal, or one within the other. A bare top-level domain is within nothing of use."""
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith("." + other) or other.endswith("." + one)
