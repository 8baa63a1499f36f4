"""What is sealed as the index holds it: keyed tokens, each once, in the order of their hashes.

The words inside files and of our replies, and what readers are called. Without the master key nobody reads a word in
them, and the order of the text is in nothing. What remains to be seen: how many different words a tip has, and which
tips share one.
"""

from collections.abc import Iterable

from tipline.core.readers.traces import Known
from tipline.core.words.streams import EXTRAS, GAP, document, documents, stem, words
from tipline.sealing import Master

MARK = "\ue003"  # before each keyed token: nothing that can be typed is one
WORD, LOOSE, NAME = "word", "loose", "name"  # a word as it stands; a stem, or one Han character; a part of a name
MASKED = "masked"  # a word that only who opens identities reads in the tip's texts: others do not find the tip by it


def token(master: Master, kind: str, word: str) -> str:
    return MARK + master.index_token(kind, word)


def tokens(master: Master, texts: Iterable[str], names: Iterable[str] = ()) -> str:
    """The keyed tokens of sealed texts and of a reader's names."""
    ordered, extras = parted(documents(texts))
    keyed = {token(master, WORD, word) for word in ordered if word != GAP}
    keyed |= {token(master, LOOSE, word) for word in extras}
    keyed |= {token(master, NAME, word) for name in names for word in parts(name)}
    return " ".join(sorted(keyed))


def masked(master: Master, known: Known, texts: Iterable[str]) -> str:
    """The keyed tokens of words that a text has lost where it is masked."""
    whole, shown = set[str](), set[str]()
    for text in texts:
        hidden = known.masked(text)
        whole.update(document(text).split() if hidden != text else ())
        shown.update(document(hidden).split())
    return " ".join(sorted(token(master, MASKED, word) for word in whole - shown if word != EXTRAS))


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
