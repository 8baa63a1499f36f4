"""What is sealed as the index holds it: keyed tokens, each once, in the order of their hashes.

The words inside files and of our replies, and what readers are called. Without the master key nobody reads a word in
them, and the order of the text is in nothing. What remains to be seen stands in SECURITY.md.
"""

from collections.abc import Iterable

from tipline.core.readers.redaction import IdentifyingValues
from tipline.core.text.tokens import EXTRAS, GAP, document, documents, stem, words
from tipline.sealing import Master

MARK = "\ue003"  # before each keyed token: nothing that can be typed is one
# Pairs: a word as it stands; a stem, or one Han character. The same word has another token of each kind: the text of
# our replies lies in the clear, and whoever compares learns which token is which of its words.
INSIDE = "word", "loose"  # a file
REPLIED = "reply", "reply loose"  # our replies
SAID = "said", "said loose"  # our replies as everybody who sees the tip reads them
NAME = "name"  # a part of what the reader is called
MASKED = "masked"  # a word that only who opens identities reads in the tip's texts: others do not find the tip by it


def token(master: Master, kind: str, word: str) -> str:
    return MARK + master.index_token(kind, word)


def tokens(master: Master, texts: Iterable[str], kinds: tuple[str, str]) -> set[str]:
    """The keyed tokens of texts."""
    ordered, extras = parted(documents(texts))
    whole, loose = kinds
    return {token(master, whole, word) for word in ordered if word != GAP} | {
        token(master, loose, word) for word in extras
    }


def called(master: Master, names: Iterable[str]) -> set[str]:
    """The keyed tokens of a reader's names."""
    return {token(master, NAME, word) for name in names for word in parts(name)}


def masked(master: Master, known: IdentifyingValues, texts: Iterable[str]) -> set[str]:
    """The keyed tokens of words that a text has lost where it is masked."""
    whole, shown = set[str](), set[str]()
    for text in texts:
        hidden = known.masked(text)
        whole.update(document(text).split() if hidden != text else ())
        shown.update(document(hidden).split())
    return {token(master, MASKED, word) for word in whole - shown if word != EXTRAS}


def stream(*keyed: set[str]) -> str:
    """A document's column of keyed tokens: in the order of their hashes, which tells nothing."""
    return " ".join(sorted(set().union(*keyed)))


def parts(name: str) -> set[str]:
    """What a reader is found by: each word of a name, Han in pairs with or without a space in it. No initials, and no
    single character of a longer name: a family name would find thousands."""
    there = {*words(name)} | ({*words("".join(name.split()))} if not name.isascii() else set())
    whole = {word for word in there if len(word) > 1} or there
    return whole | {stem(word) for word in whole}


def parted(stream: str) -> tuple[list[str], list[str]]:
    """The tokens of a column in their order, gaps among them, and those that have none."""
    ordered: list[str] = []
    extras: list[str] = []
    for text_stream in stream.split(f" {GAP} "):
        words, _, singles = text_stream.partition(f" {EXTRAS} ")
        ordered += [*words.split(), GAP]
        extras += singles.split()
    return ordered, extras
