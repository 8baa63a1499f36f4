"""What is kept of a story so that others like it are found: a few keyed numbers, of its runs of three words.

MinHash (Broder 1997): of each run 16 hashes, of each hash the smallest in the story; whoever changes a name, a number
or a city in a template changes few of them. Two and two are one print, so that real accounts of one event, which share
runs here and there, share no print. Without the master key the numbers say nothing.
"""

import hashlib
import struct
from collections.abc import Sequence, Set

from tipline.sealing import Master

PRINTS_VERSION = 1  # grows with each change of what a story's prints are
READ = 20_000  # characters of a story that are looked at
MIN_WORDS = 20  # words; shorter stories are alike by nature: "me too", "请帮帮我"
RUN = 3  # words; of Han, pairs that overlap: four characters
PRINTS = 8  # of one story
ALIKE = 0.45  # the part of both stories' runs that they share, from which on they are of one template
_HASHES = struct.Struct(f"<{PRINTS}I")

Run = tuple[str, ...]


def runs_of(words: Sequence[str]) -> Set[Run]:
    """The runs of a story's words; none of a short story."""
    if len(words) < MIN_WORDS:
        return frozenset()
    return set(zip(*(words[at:] for at in range(RUN)), strict=False))


def alike(one: Set[Run], other: Set[Run]) -> float:
    """How much two stories share, from 0 to 1 (Jaccard's index of their runs)."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def fingerprints_of(master: Master, callout_id: int, runs: Set[Run]) -> list[int]:
    """The numbers that are kept of a story, 63 bits each, apart for each callout; none of a short story."""
    if not runs:
        return []
    secret = master.signing_secret("tip-print")
    first, second = (
        _smallest(hashlib.blake2b(key=secret, digest_size=_HASHES.size, person=person), runs)
        for person in (b"first", b"second")
    )
    pairs = zip(first, second, strict=True)
    return sorted({_print(secret, callout_id, place, pair) for place, pair in enumerate(pairs)})


def _smallest(keyed: "hashlib.blake2b", runs: Set[Run]) -> list[int]:
    """Of each of the hashes, the smallest among the runs."""
    digests = []
    for run in runs:
        digest = keyed.copy()
        digest.update(" ".join(run).encode())
        digests.append(_HASHES.unpack(digest.digest()))
    return [min(column) for column in zip(*digests, strict=True)]


def _print(secret: bytes, callout_id: int, place: int, pair: tuple[int, int]) -> int:
    packed = struct.pack("<QIII", callout_id, place, *pair)
    return int.from_bytes(hashlib.blake2b(packed, key=secret, digest_size=8).digest(), "big") >> 1
