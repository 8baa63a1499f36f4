"""What our own mail server found out about the sender: Authentication-Results (RFC 8601).

Anybody can write this field, with our server's id too. So only ids named in the settings count, and of their fields
only those that our server provably wrote: servers put theirs on top of what they were given, so only what stands above
the Received field by which our server took the mail from outside is ours (RFC 8601 5). What stands below it came with
the mail. Hops between our own machines may stand above it.
"""

import ipaddress
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from tipline.core.text.storable import ADDRESS
from tipline.mail import headers

MAX_VALUE = 20_000
MAX_FIELDS = 20
_RESULTS = frozenset(
    ("none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror", "bestguesspass")
)
_PLACES = re.compile(
    rb"^(received|authentication-results)[ \t]*:((?:[^\n]|\n[ \t]){0,4000})", re.MULTILINE | re.IGNORECASE
)
_FROM = re.compile(r"\s*from\s(.*?)\sby\s", re.IGNORECASE | re.DOTALL)
_LMTP = re.compile(r"\s*from\s+[^\s()]+\s+(?:\([^()]*\)\s+)?by\s+[^\s()]+\s+with\s+LMTP[SA]{0,2}\s", re.IGNORECASE)
_IP = re.compile(r"(?:IPv6:)?([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}|\d{1,3}(?:\.\d{1,3}){3})", re.IGNORECASE)
_INSIDE = [
    ipaddress.ip_network(net)
    for net in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
]
_TOKEN = re.compile(r'("(?:[^"\\]|\\.){0,2000}+")|([()\\;=])|[^\s()"\\;=]+|\s+|"', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OF_DOMAIN = re.compile(r'(?:(?:"(?:[^"\\]|\\.)*+"|[^"@]*+)@)?([^\s@"\\<>()\[\],;:=]++)', re.DOTALL)
_PROPERTIES = {"dmarc": ("header.from",), "auth": ("smtp.auth",)}
_SERVER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
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

        DMARC's result decides where the server gives one; a server without DMARC leaves it to us.

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
        passed = {one.domain for one in self.checks if one.result == "pass" and one.method in ("spf", "dkim", "auth")}
        return any(_aligned(one, domain) for one in passed)


def authentication(fields: headers.Fields, head: bytes, trusted: Collection[str]) -> Authentication:
    """The results of the servers whose authserv-id is trusted (any letter case).

    `head`: the header fields as they came, for their order. Only trusted fields above the Received field by which the
    mail came in from outside count; without such a field, none.
    """
    ids = {name.strip().lower() for name in trusted if name.strip()}
    if not ids:
        return Authentication()
    found = [_trusted(raw, ids) for raw in fields.get("authentication-results", ())[:MAX_FIELDS]]
    above = [checks for checks in found[: _above_received(head)] if checks is not None]
    return Authentication(tuple(check for checks in above for check in checks))


def server_ids(head: bytes) -> set[str]:
    """The authserv-ids, in lower case, of all results in a header that our own server wrote, whatever its name."""
    values = headers.block(head, 0)[0].get("authentication-results", [])[:MAX_FIELDS]
    return {found for raw in values[: _above_received(head)] if (found := _server_id(raw))}


def _server_id(raw: bytes) -> str:
    """The id of one field; "" where it names none, as Exchange's do not, or no name that a server could have."""
    words = next(_statements(raw[:MAX_VALUE].decode("utf-8", "replace")), [])
    return words[0].lower() if words and words[1:2] != ["="] and _SERVER_ID.fullmatch(words[0]) else ""


def _above_received(head: bytes) -> int:
    """How many of the fields stand above the Received field of our border; none where no field is one."""
    count = 0
    for match in _PLACES.finditer(head):
        if match[1].lower() != b"received":
            count += 1
        elif not _between_us(match[2].decode("latin-1")):
            return count
    return 0


def _between_us(received: str) -> bool:
    """Whether a Received field is of a hop inside our own house: it names no client (Gmail's), comes by LMTP, or from
    private addresses alone. All before it were such hops, so our own server wrote it."""
    came = _FROM.match(received)
    if came is None:
        return re.match(r"\s*by\s", received, re.IGNORECASE) is not None
    if _LMTP.match(received):
        return True
    found = [_inside(one) for one in _IP.findall(came[1])]
    return bool(found) and all(found)


def _inside(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in net for net in _INSIDE if net.version == address.version)


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
    named = _PROPERTIES.get(words[0].lower().split("/")[0], ("header.d", "header.i", "smtp.mailfrom"))
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
    """Whether two domains belong to the same organisation. Nobody's domain is one under which anybody may have theirs
    ("co.uk", "github.io")."""
    owner = _organisation(one)
    return owner is not None and owner == _organisation(other)


def _organisation(domain: str) -> str | None:
    """The organisational domain (RFC 7489 3.2): the public suffix and one label; None where there is none."""
    try:
        ascii_form = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    found: str | None = _suffixes().privatesuffix(ascii_form)
    return found


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # the list comes with the package: nothing is fetched
