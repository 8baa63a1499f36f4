"""The reader's code: 132 bits in twelve words, and the same bits as the token of their secret link.

The code of a form is an HMAC of its submission id, so that a receipt can be shown again without the code being kept;
a tip holds only a keyed hash of it. English pages show it in the English BIP-39 list (2,048 words, no two alike in
four letters), Chinese ones in the Chinese lists: twelve characters, quicker to write than forty digits, and digits are
what people misread. A character stands at the same place in both Chinese lists, so that any of the three spells the
same code, and a page takes whichever is typed, mixed too.
"""

import base64
import difflib
import re
import secrets
import unicodedata
from functools import lru_cache

from mnemonic import Mnemonic
from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.text.han import SIMPLIFIED
from tipline.core.tips import merged
from tipline.models import Tip
from tipline.sealing import Master

WORDS = 12
BITS = 11 * WORDS
TOKEN = re.compile(r"[A-Za-z0-9_-]{23}")  # 17 bytes in base64url, unpadded
TYPED = re.compile(r"[a-z]+|[㐀-鿿豈-﫿]")
LISTS = {"zh_Hans": "chinese_simplified", "zh_Hant": "chinese_traditional"}  # by the page's language; else English


class WrongCode(ValueError):
    """What was typed is no code: `count` words where there should be twelve, or a `word` that is in no list.

    `likely` is what it may have been, "" where nothing is near.
    """

    def __init__(self, count: int, word: str = "", likely: str = "") -> None:
        super().__init__("this is no code")
        self.count, self.word, self.likely = count, word, likely


@lru_cache(maxsize=3)
def _list(name: str) -> list[str]:
    return list(Mnemonic(name).wordlist)


@lru_cache(maxsize=1)
def _places() -> dict[str, int]:
    """Every word of every list, and its place: the same wherever it stands."""
    lists = ("english", *LISTS.values())
    return {word: place for name in lists for place, word in enumerate(_list(name))}


def code_of(session: Session, submission_id: str) -> str:
    """The twelve words of a submission; always the same for the same id."""
    return code_by(vault.master(session), submission_id)


def code_by(master: Master, submission_id: str) -> str:
    """As `code_of`, where the database can't be asked."""
    return _spell(_bits_by(master, submission_id))


def hash_by(master: Master, submission_id: str) -> str:
    """What a tip keeps of the code of a submission."""
    return _hash(master, _bits_by(master, submission_id))


def new_code() -> str:
    """Twelve words that nobody has yet."""
    return _spell(secrets.randbits(BITS))


def code_of_token(token: str) -> str:
    """The words that open the same page as a secret link. ValueError where it is no token."""
    if not TOKEN.fullmatch(token):
        raise WrongCode(0)
    bits = int.from_bytes(base64.urlsafe_b64decode(token + "="), "big")
    if bits >> BITS:
        raise WrongCode(0)
    return _spell(bits)


def spelled(code: str, language: str) -> list[str]:
    """A code's words in the list of a page's language."""
    words = _list(LISTS.get(language, "english"))
    return [words[place] for place in _numbers(code)]


def _bits_by(master: Master, submission_id: str) -> int:
    return int.from_bytes(master.mac("receipt", submission_id, size=17), "big") >> (17 * 8 - BITS)


def _hash(master: Master, bits: int) -> str:
    return master.lookup_hash("code", bits.to_bytes(17, "big"))


def _spell(bits: int) -> str:
    return " ".join(_list("english")[bits >> 11 * place & 2047] for place in reversed(range(WORDS)))


def page_token(code: str) -> str:
    """The token of the secret link that opens the same page as the code. ValueError where it is no code."""
    return base64.urlsafe_b64encode(_bits(code).to_bytes(17, "big")).decode().rstrip("=")


def code_hash(master: Master, code: str) -> str:
    """What a tip keeps of its reader's code. ValueError where it is no code."""
    return _hash(master, _bits(code))


def tip_by_token(session: Session, token: str) -> Tip | None:
    """The tip of a secret link's token. None where there is none."""
    hashed = token_hash(vault.master(session), token)
    return tip_by_hash(session, hashed) if hashed else None


def token_hash(master: Master, token: str) -> str:
    """As `code_hash`, of a secret link's token; "" where it is none."""
    return master.lookup_hash("code", base64.urlsafe_b64decode(token + "=")) if TOKEN.fullmatch(token) else ""


def tip_by_hash(session: Session, hashed: str) -> Tip | None:
    """The tip of a `code_hash`, or the one that it was merged into. None where there is none (yet)."""
    return merged.standing(session, session.scalar(select(col(Tip.id)).where(col(Tip.code_hash) == hashed)))


def check(typed: str) -> None:
    """WrongCode where what was typed can be no code, and why."""
    _numbers(typed)


def _bits(code: str) -> int:
    bits = 0
    for place in _numbers(code):
        bits = bits << 11 | place
    return bits


def _numbers(typed: str) -> list[int]:
    """The twelve places that words spell: any case, width and separators, Chinese with spaces or without."""
    words = TYPED.findall(unicodedata.normalize("NFKC", typed[:1000]).casefold())
    places = []
    for word in words:
        place = _places().get(word, _places().get(word.translate(SIMPLIFIED)))
        if place is None:
            raise WrongCode(len(words), word[:40], _likely(word))
        places.append(place)
    if len(places) != WORDS:
        raise WrongCode(len(places))
    return places


def _likely(word: str) -> str:
    """The word that somebody meant: four letters tell any two apart; else the one that is spelled nearest."""
    english = _list("english")
    begun = [one for one in english if len(word) >= 4 and one.startswith(word[:4])]
    return next(iter(begun or difflib.get_close_matches(word[:20], english, 1, 0.7)), "")
