"""Passwords: which are good enough, how they are kept (argon2id, RFC 9106), and how they are tried."""

import re
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tipline.vocabularies import N_

SHORTEST, LONGEST = 12, 200
OWN_PART = 6  # letters that must be left without the person's own name and address
GOOD_SCORE = 3  # of zxcvbn's 4: ten thousand million guesses
MAX_CONCURRENT = 2  # each try takes 64 MiB and a core for a tenth of a second
TURN_WAIT_SECONDS = 1.0  # seconds that a try waits for its turn; a thread must not hang longer

TOO_SHORT = N_("The password is shorter than 12 characters. Four or five unrelated words are easy to keep in mind.")
TOO_LONG = N_("The password is longer than 200 characters.")
TOO_EASY = N_("This password would be guessed soon. Four or five unrelated words are safer and easy to keep in mind.")
OWN_WORDS = N_("The password holds little beyond your own name or address. Add unrelated words.")
PINYIN = N_("Chinese words in Latin letters are guessed early. Add more words, or other characters.")

_hasher = PasswordHasher()  # RFC 9106's second recommendation: 64 MiB, three passes
_turn = threading.BoundedSemaphore(MAX_CONCURRENT)
_zxcvbn = threading.Lock()  # it keeps the user's own words in a global
# Close enough: every syllable of Mandarin matches, and little else that reads as a whole run of letters.
_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ue|ui|uo|er|[aeiouv])"
)


class TooManyAttempts(Exception):
    """Too many passwords are being tried at this moment."""


def problem(password: str, *own_words: str) -> str:
    """What is wrong with a new password, as a sentence; "" where it is good. `own_words`: name, address."""
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    words = [part for word in own_words for part in (word, *re.split(r"[\W_]+", word)) if len(part) > 2]
    if _strength(password, []) < GOOD_SCORE:
        return TOO_EASY
    if _strength(password, words) < GOOD_SCORE or len(_without(password, words)) < OWN_PART:
        return OWN_WORDS
    return PINYIN if _length_in_syllables(password) < SHORTEST else ""


def _without(password: str, words: list[str]) -> str:
    rest = password.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word.lower(), "")
    return rest


def _strength(password: str, own_words: list[str]) -> int:
    from zxcvbn import zxcvbn  # here: its lists take 14 MB, and most processes never see a new password

    with _zxcvbn:
        return int(zxcvbn(password[:72], own_words)["score"])  # it refuses more, and 72 characters tell enough


def _length_in_syllables(password: str) -> int:
    """The length where a run of pinyin counts a syllable for a letter: "wozainali2020" has eight."""
    return sum(_syllables(run) or len(run) for run in re.findall(r"[a-z]+|[^a-z]+", password.lower()))


def _syllables(run: str) -> int:
    """How many syllables make up a run of letters, 0 where it is no pinyin. The fewest, read from the left."""
    fewest = {0: 0}
    for start in range(len(run)):
        if start not in fewest:
            continue
        for end in range(start + 1, min(start + 6, len(run)) + 1):
            if _SYLLABLE.fullmatch(run, start, end):
                fewest[end] = min(fewest.get(end, len(run)), fewest[start] + 1)
    return fewest.get(len(run), 0)


def _nobodys() -> str:
    """As slow to try as anybody's. Written out, since making one at import would cost every process 64 MiB."""
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${costs}${'A' * 22}${'A' * 43}"


def hashed(password: str) -> str:
    """What the database keeps."""
    return _hasher.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether this is the password; "" as `kept` (nobody's) takes as long and never matches. Busy after a second."""
    if not _turn.acquire(timeout=TURN_WAIT_SECONDS):
        raise TooManyAttempts
    try:
        return _hasher.verify(kept or _nobodys(), password[: LONGEST + 1]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _turn.release()


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(kept)
