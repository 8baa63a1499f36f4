"""What a reader is called in lists: enough to tell one from another, too little to know who it is."""

import re
import unicodedata

OF_ONE_SIGN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\uac00-\ud7a3]")  # Han and Hangul
LINKED = re.compile(r"\w\.\w{2}|://")
UNSPACED = ("HIRAGANA", "KATAKANA", "HALFWIDTH", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")  # by Unicode's names


def short(name: str) -> str:
    """A short name for lists: "Wei Li" gives "Wei L.", "李伟" gives "李某", "タロウ" gives "タ". "" where it is empty,
    an address or a number. What is short already stays so."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if _is_an_address(name):
        return ""
    if OF_ONE_SIGN.match(name):
        return name[:1] + "某"
    parts = [part for part in (_bare(part) for part in re.split(r"[ ,]+", name)) if part]
    if "," in name and len(parts) > 1:  # "Li, Wei"
        parts = [*parts[1:], parts[0]]
    if len(parts) > 1:
        return f"{parts[0][:30]} {_first_sign(parts[-1]).upper()}."
    # One word may be the whole name where it is written without a space; "Vladimir" or "فاطمة" is the given one.
    return _first_sign(parts[0]) if _is_unspaced(parts[0]) else parts[0][:30]


def _is_an_address(name: str) -> bool:
    """Whether it is mostly, or holds, what leads to somebody: an address, a number, a page, a name somewhere else."""
    digits = sum(letter.isdigit() for letter in name)
    return "@" in name or digits > 2 or bool(LINKED.search(name)) or not any(map(str.isalpha, name))


def _bare(part: str) -> str:
    """A word without what stands around it, but for the point that shortens it."""
    begin = next((at for at, letter in enumerate(part) if letter.isalpha()), len(part))
    end = next((at for at in range(len(part), begin, -1) if not _is_around(part[at - 1])), begin)
    return part[begin:end]


def _is_around(letter: str) -> bool:
    return letter != "." and unicodedata.category(letter)[0] in "PSZ"


def _is_unspaced(word: str) -> bool:
    return unicodedata.name(word[0], "").startswith(UNSPACED)


def _first_sign(word: str) -> str:
    """The first letter with the marks that stand on it."""
    end = next((at for at in range(1, len(word)) if unicodedata.category(word[at])[0] != "M"), len(word))
    return word[:end]
