"""Signing in to a mail server with a token instead of a password: OAUTHBEARER (RFC 7628) and Google's XOAUTH2."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

# Gives a token to sign in with. Its argument says that the last one was refused, though it should have been good.
Token = Callable[[bool], str]

PREFERRED = ("OAUTHBEARER", "XOAUTH2")
SEPARATORS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def choose(offers: Callable[[str], bool]) -> str | None:
    """The mechanism to sign in by, of those that the server offers."""
    return next((name for name in PREFERRED if offers(name)), None)


@dataclass
class Credentials:
    """What a client says in turn: who it is, and after a refusal the empty word that ends the talk."""

    mechanism: str
    user: str
    token: str = field(repr=False)
    host: str
    port: int
    said: bool = False

    def __post_init__(self) -> None:
        if SEPARATORS.search(self.user + self.token):
            raise ValueError("a control character would begin a field of its own")

    def __call__(self, challenge: bytes | None = None) -> str:
        if self.said:  # the challenge says why it was refused; whoever repeats the token hands it over once more
            return "\x01" if self.mechanism == "OAUTHBEARER" else ""
        self.said = True
        if self.mechanism == "XOAUTH2":
            return f"user={self.user}\x01auth=Bearer {self.token}\x01\x01"
        name = self.user.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={name},\x01host={self.host}\x01port={self.port}\x01auth=Bearer {self.token}\x01\x01"
