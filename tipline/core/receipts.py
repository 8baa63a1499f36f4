"""The reader's code: 132 bits in twelve words, and the same bits as the token of their secret link.

The code of a form is an HMAC of its submission id, so that a receipt can be shown again without the code being kept;
a tip holds only a keyed hash of it. Words are the English BIP-39 list (2,048 words, no two alike in four letters).
"""

import base64
import re
from functools import lru_cache

from mnemonic import Mnemonic
from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.models import Tip
from tipline.sealing import Master

WORDS = 12
BITS = 11 * WORDS
TOKEN = re.compile(r"[A-Za-z0-9_-]{23}")  # 17 bytes in base64url, unpadded


@lru_cache(maxsize=1)
def _words() -> list[str]:
    return list(Mnemonic("english").wordlist)


@lru_cache(maxsize=1)
def _places() -> dict[str, int]:
    return {word: place for place, word in enumerate(_words())}


def code_of(session: Session, submission_id: str) -> str:
    """The twelve words of a submission; always the same for the same id."""
    return code_by(vault.master(session), submission_id)


def code_by(master: Master, submission_id: str) -> str:
    """As `code_of`, where the database can't be asked."""
    bits = int.from_bytes(master.mac("receipt", submission_id, size=17), "big") >> (17 * 8 - BITS)
    return " ".join(_words()[bits >> 11 * place & 2047] for place in reversed(range(WORDS)))


def page_token(code: str) -> str:
    """The token of the secret link that opens the same page as the code. ValueError where it is no code."""
    return base64.urlsafe_b64encode(_bits(code).to_bytes(17, "big")).decode().rstrip("=")


def code_hash(master: Master, code: str) -> str:
    """What a tip keeps of its reader's code. ValueError where it is no code."""
    return master.lookup_hash("code", _bits(code).to_bytes(17, "big"))


def tip_by_code(session: Session, typed: str) -> Tip | None:
    """The tip of a code as a person types it: any case, any separators. None where there is none."""
    try:
        return tip_by_hash(session, code_hash(vault.master(session), typed))
    except ValueError:
        return None


def tip_by_token(session: Session, token: str) -> Tip | None:
    """The tip of a secret link's token. None where there is none."""
    hashed = token_hash(vault.master(session), token)
    return tip_by_hash(session, hashed) if hashed else None


def token_hash(master: Master, token: str) -> str:
    """As `code_hash`, of a secret link's token; "" where it is none."""
    return master.lookup_hash("code", base64.urlsafe_b64decode(token + "=")) if TOKEN.fullmatch(token) else ""


def tip_by_hash(session: Session, hashed: str) -> Tip | None:
    """The tip of a `code_hash`. None where there is none (yet)."""
    tip = session.scalars(select(Tip).where(col(Tip.code_hash) == hashed)).one_or_none()
    if tip is not None and tip.joined_into is not None:
        return session.get(Tip, tip.joined_into)
    return tip


def _bits(code: str) -> int:
    """The number that twelve words spell. BIP-39 words are known by their first four letters."""
    typed = re.findall(r"[a-z]+", code.casefold())
    if len(typed) != WORDS:
        raise ValueError("a code has twelve words")
    bits = 0
    for word in typed:
        place = _places().get(word)
        if place is None:
            raise ValueError("a word of this code is not in the list")
        bits = bits << 11 | place
    return bits
