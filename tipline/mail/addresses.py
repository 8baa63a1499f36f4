"""Address lists (RFC 5322 3.4), read as tolerantly as mail programs write them."""

import re

from tipline.core.arrival import Address
from tipline.mail import headers

MAX_ADDRESSES = 500
MAX_VALUE = 40_000  # bytes of one field

_TOKEN = re.compile(r'"((?:[^"\\]|\\.){0,400}+)"|<([^<>]*)(?:>|$)|([(),;:])|([^"<>(),;:]+)|.', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLACE = 0xF0000  # a decoded word stands in the line as one private character, so that its commas mean nothing
_PLACED = re.compile("[\U000f0000-\U000ffffd]")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.){0,500}\)", re.DOTALL)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){0,400}+"@[^\s<>"(),;:]{1,250}', re.DOTALL)
_BARE = re.compile(r"[^\s<>\"'(),;:\[\]]{1,250}@[^\s<>\"'(),;:]{1,250}")


def addresses(raw: bytes, hint: str = "") -> tuple[Address, ...]:
    """Every mailbox of an address header; group names are dropped. Names are decoded, addresses as written."""
    masked, spelled = _mask(raw[:MAX_VALUE], hint)
    found = _Reader(masked, spelled).read()
    if spelled and not any("@" in address.address for address in found):
        # The whole address was put into an encoded word, brackets and all.
        whole = _PLACED.sub(lambda match: spelled[ord(match[0]) - _PLACE], masked)
        found = _Reader(whole, []).read() or found
    return tuple(found)


def _mask(raw: bytes, hint: str) -> tuple[str, list[str]]:
    if b"=?" not in raw:
        return headers.text(raw, hint), []
    parts: list[str] = []
    spelled: list[str] = []
    for word in headers.words(raw):
        text = headers.clean(headers.spelled(word, hint)) if word[0] is not None else headers.spelled(word, hint)
        if word[0] is not None and len(spelled) < 60_000:
            parts.append(chr(_PLACE + len(spelled)))
            spelled.append(text)
        else:
            parts.append(_PLACED.sub("", text))
    return " ".join("".join(parts).split()), spelled


class _Reader:
    """One pass over the tokens of one header."""

    def __init__(self, line: str, spelled: list[str]) -> None:
        self.line = line
        self.spelled = spelled
        self.found: list[Address] = []
        self.reset()

    def reset(self) -> None:
        self.phrase: list[str] = []
        self.angle: str | None = None
        self.quoted = ""  # an address whose local part is quoted: what stands in its quotes is no address
        self.comment: list[str] = []

    def read(self) -> list[Address]:
        depth = 0
        grouped = ";" in self.line
        for match in _TOKEN.finditer(self.line):
            token = match[0]
            if depth:
                depth += (token == "(") - (token == ")")
                if depth:
                    self.comment.append(token)
            elif token == "(":
                depth = 1
                self.comment.append(" ") if self.comment else None
            elif token in (",", ";"):
                self.flush(final=token == ";")
            elif token == ":" and grouped and "@" not in "".join(self.phrase) and self.angle is None:
                self.reset()
            elif match[1] is not None:
                local = _QUOTED_LOCAL.match(self.line, match.start())
                self.quoted = self.quoted or (local[0] if local else "")
                self.phrase.append(_ESCAPED.sub(r"\1", match[1]))
            elif match[2] is not None:
                if self.angle is not None and "@" in self.angle:
                    self.flush(final=True)  # two mailboxes without a comma between
                self.angle = _COMMENT.sub("", match[2]) if "(" in match[2] else match[2]
            else:
                self.phrase.append(token)
            if len(self.found) >= MAX_ADDRESSES:
                return self.found
        self.flush(final=True)
        return self.found

    def flush(self, *, final: bool) -> None:
        phrase = " ".join("".join(self.phrase).split())
        if self.angle is None and "@" not in phrase:
            if not final and phrase:
                self.phrase.append(", ")  # "Doe, John <…>" without quotes
                return
            if phrase and not self.found:
                self.found.append(Address(address="", name=self.speak(phrase)))
            self.reset()
            return
        address = "".join((self.angle or "").split()).strip("<>'\"")
        name = phrase
        if "@" not in address:
            # Either no brackets at all, or empty ones behind the address.
            bare = _BARE.search(phrase)
            if self.angle is None or bare:
                address = self.quoted or (bare[0] if bare else phrase)
                name = phrase.replace(address, " ")
        if address.startswith("@") and ":" in address:
            address = address.rsplit(":", 1)[1]  # RFC 5322 obs-route
        address = address.removeprefix("mailto:").rstrip(".,")
        name = self.speak(name).strip(" ,\t") or self.speak("".join(self.comment))
        if address or name:
            self.found.append(Address(address=self.speak(address), name=name))
        self.reset()

    def speak(self, value: str) -> str:
        text = _PLACED.sub(lambda match: self.word(match[0]), value) if self.spelled else value
        text = headers.clean(" ".join(text.split()))
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1].strip()
        return text[1:] if text.count('"') == 1 and text[0] == '"' else text

    def word(self, place: str) -> str:
        index = ord(place) - _PLACE
        return self.spelled[index] if index < len(self.spelled) else ""
