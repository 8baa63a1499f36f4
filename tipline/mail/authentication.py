"""What our own mail server found out about the sender: Authentication-Results (RFC 8601).

Anybody can write this field. Only those that begin with an id named in the settings count, and that server has to
remove foreign ones with its id (RFC 8601 5), as every server does that writes the field.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tipline.mail import headers

MAX_VALUE = 20_000
MAX_FIELDS = 20
_RESULTS = frozenset(
    ("none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror", "bestguesspass")
)
_TOKEN = re.compile(r'"((?:[^"\\]|\\.){0,2000}+)"|([()\\;=])|([^\s()"\\;=]+)|\s+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Check:
    """One method's result: "pass", "fail", "none", …, and the domain that it is about."""

    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """All results of trusted servers; "" where a method was not tried."""

    checks: tuple[Check, ...] = ()

    def _best(self, method: str) -> str:
        found = [check.result for check in self.checks if check.method == method]
        return "pass" if "pass" in found else found[0] if found else ""

    @property
    def spf(self) -> str:
        return self._best("spf")

    @property
    def dkim(self) -> str:
        """ "pass" where any signature is good: a list's broken one beside the author's good one does no harm."""
        return self._best("dkim")

    @property
    def dmarc(self) -> str:
        return self._best("dmarc")

    def confirms(self, address: str) -> bool | None:
        """Whether the mail did come from the domain of its From address (RFC 7489 3.1, relaxed alignment).

        None where nothing is known: no trusted server said anything.
        """
        if not self.checks:
            return None
        if self.dmarc in ("pass", "fail"):
            return self.dmarc == "pass"
        domain = address.rpartition("@")[2].lower().rstrip(".")
        passed = (check for check in self.checks if check.result == "pass" and check.method in ("spf", "dkim"))
        return any(_aligned(check.domain, domain) for check in passed)


def authentication(fields: headers.Fields, trusted: Collection[str]) -> Authentication:
    """The results in all Authentication-Results fields whose authserv-id is trusted (any letter case)."""
    ids = {name.strip().lower() for name in trusted if name.strip()}
    checks: list[Check] = []
    for raw in fields.get("authentication-results", ())[:MAX_FIELDS] if ids else ():
        statements = list(_statements(raw[:MAX_VALUE].decode("utf-8", "replace")))
        if statements and statements[0] and statements[0][0].lower() in ids:
            checks += [check for words in statements[1:] if (check := _check(words))]
    return Authentication(tuple(checks))


def _statements(value: str) -> Iterator[list[str]]:
    """The tokens between semicolons, without comments."""
    words: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(value):
        quoted, special, word = match.groups()
        if special == "(":
            depth += 1
        elif special == ")":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif special == ";":
            yield words
            words = []
        elif special == "=" or word is not None or quoted is not None:
            words.append(special or word or quoted or "")
    yield words


def _check(words: list[str]) -> Check | None:
    if len(words) < 3 or words[1] != "=" or words[2].lower() not in _RESULTS:
        return None
    properties = {words[at - 1].lower(): words[at + 1] for at in range(4, len(words) - 1) if words[at] == "="}
    named = ("header.d", "header.i", "smtp.mailfrom", "header.from", "smtp.helo")
    value = next((properties[name] for name in named if name in properties), "")
    return Check(words[0].lower().split("/")[0], words[2].lower(), value.rpartition("@")[2].lower().rstrip("."))


def _aligned(one: str, other: str) -> bool:
    """Equal, or one within the other. A bare top-level domain is within nothing of use."""
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith("." + other) or other.endswith("." + one)
