"""Family, as a story speaks of it: "my wife", "mother of two", 女儿; not "mother tongue", "no children", 没有孩子."""

import re
from collections.abc import Iterator
from functools import cache

from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage, fold
from tipline.core.fact_extraction.name_index import NamedEntry, NameIndex, listed
from tipline.vocabularies import FactKind

APART = "separated-from-"
BESIDE = (
    r"(?:little|small|young(?:er|est)?|old(?:er|est)?|elder(?:ly)?|eldest|big|only|own|dear|late|poor|sick|ill|baby|beautiful"
    r"|dying|disabled|pregnant|adult|teenage|twin|first|second|third|newborn|unborn|other|two|three|four|five|six"
    r"|[2-9]|\d{1,2}|years?|months?|weeks?|yr|month|aged|and)"
)
_WHOSE = re.compile(rf"\b(?:my|our|his|her|their|both|(?:have|has|had|got|separated from) an?)(?: {BESIDE}){{0,6}} $")
_MY = re.compile(r"\b(?:my|our) (?!business )\w+ $")
_THE = re.compile(rf"\bthe(?: {BESIDE}){{0,3}} $")
_WITH_OTHERS = re.compile(
    rf"\b(?:wife|husband|spouse|mother|father|parents|mum|mom|dad|son|daughter),? (?:is \w+ )?"
    rf"(?:and|with|or)(?: {BESIDE}){{0,3}} $"
)
_COUNTED = re.compile(r"\b(?:with|have|has|had|and)(?: (?:two|three|four|five|2|3|4|5))(?: (?:small|young|little))? $")
_NONE = re.compile(
    rf"\b(?:no|without any|not have(?: any)?|don'?t have(?: any| a)?|didn'?t have(?: any)?|never had(?: any| a)?"
    rf"|neither|nor|have no|without)(?: {BESIDE}){{0,2}} $|\bno \w+ (?:and|or|nor)(?: no)? $"
)
_MANY = re.compile(r"\b(?:many|other|some|all|these|those|most|every|any|such|of|between) (?:\w+ )?$")
_OF = re.compile(
    r"\b(?:mother|mum|mom|father|dad|parents?) of (?P<many>(?:a|one|two|three|four|five|six|\d)"
    r"(?: (?:(?:small|young|little|beautiful) )?(?P<who>girls?|boys?|daughters?|sons?|children|kids?|child))?)\b"
)
_HAN_NONE = re.compile("(?:没有|没|无|冇|未有|不是|别人的?|人家的?|哪有)(?:个|任何|自己的)?小?$")
_HAN_MANY = re.compile("们(?!俩|两|三|的爸|的妈|在国)|书|节|用品|医院|学校")
_QUOTED = re.compile('[“「『"‘:：]$|叫我?$')
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁"  # of Mrs So-and-so
_FAMILY = re.compile("(?P<wife>妻)(?P<child>儿|子儿女|小)(?![子园])")
_MISTER = re.compile("(?:^|[，。！？；\n ])(?P<mr>先生)(?=在|是|被|还|回|和|也在|人在|滞)")


def add(index: NameIndex) -> None:
    table = dict(listed("relations"))
    traps = table.pop("traps")
    for value, entry in table.items():
        for name in entry["own"]:
            index.add(name, NamedEntry(FactKind.RELATION, value, _own))
        for name in entry["said"]:
            kin = _kin if entry["apart"] != "child" else _the if name[:3] in ("kid", "bab", "twi") else _said
            index.add(name, NamedEntry(FactKind.RELATION, value, kin))
        for name in entry["han"]:
            index.add(name, NamedEntry(FactKind.RELATION, value, _han))
    for name in (*traps["en"], *traps["zh"]):
        index.add(name, NamedEntry(None, name))


def _before(reading: FoldedText, start: int) -> str:
    return reading.names[max(0, start - 48) : start]


def _own(reading: FoldedText, start: int, end: int) -> bool:
    """A word for one's own people: everywhere but where there is none, or it is said of many."""
    before = _before(reading, start)
    return not _NONE.search(before) and not _MANY.search(before)


def _said(reading: FoldedText, start: int, end: int) -> bool:
    """A word for anybody's: where it says whose, or stands with another of the family."""
    before = _before(reading, start)
    if _NONE.search(before):
        return False
    return any(cue.search(before) for cue in (_WHOSE, _WITH_OTHERS, _COUNTED))


def _kin(reading: FoldedText, start: int, end: int) -> bool:
    """An elder or a brother may be "my" anything; children with any word before them may be a teacher's."""
    before = _before(reading, start)
    return _said(reading, start, end) or (_MY.search(before) is not None and not _NONE.search(before))


def _the(reading: FoldedText, start: int, end: int) -> bool:
    """ "The kids" are one's own; "the children" may be a teacher's."""
    return _said(reading, start, end) or _THE.search(_before(reading, start)) is not None


def _han(reading: FoldedText, start: int, end: int) -> bool:
    before = reading.names[max(0, start - 6) : start]
    if _HAN_NONE.search(before) or _HAN_MANY.match(reading.names, end):
        return False
    if reading.names[start:end] == "太太" and before[-1:] in _SURNAMES and before:
        return False
    return not _QUOTED.search(reading.text[max(0, start - 2) : start])


def read(reading: FoldedText) -> Iterator[FoundPassage]:
    """What is said without the word itself: "mother of two", 妻儿, and 先生 where it is no "Mr"."""
    for found in _OF.finditer(reading.names):
        who = found["who"] or ""
        value = "daughter" if who[:4] in ("girl", "daug") else "son" if who[:3] in ("boy", "son") else "child"
        yield FoundPassage(*found.span("many"), FactKind.RELATION, value)
    for found in _FAMILY.finditer(reading.names):
        yield FoundPassage(*found.span("wife"), FactKind.RELATION, "wife")
        yield FoundPassage(*found.span("child"), FactKind.RELATION, "child")
    for found in _MISTER.finditer(reading.names):
        yield FoundPassage(*found.span("mr"), FactKind.RELATION, "husband")


def group(value: str) -> str:
    """Whom somebody is parted from, who is parted from a daughter: "child"."""
    return str(listed("relations")[value]["apart"])


@cache
def _shown() -> dict[str, tuple[str, str, str]]:
    """All values with how they are shown in English and both Chinese writings."""
    table = {value: entry for value, entry in listed("relations").items() if value != "traps"}
    shown = {value: (entry["en"], entry["zh"], entry["hant"]) for value, entry in table.items()}
    parted = {}
    for entry in table.values():
        whom = table[entry["apart"]]
        parted[APART + entry["apart"]] = (
            f"separated from {whom['en']}", f"与{whom['zh']}分离", f"與{whom['hant']}分離",
        )  # fmt: skip
    return shown | parted


def shown(value: str, language: str) -> str:
    names = _shown().get(value)
    if names is None:
        return value
    return names[0] if not language.startswith("zh") else names[2] if "Hant" in language else names[1]


def value(typed: str) -> str | None:
    """A relation by the name it is shown by, or by its value."""
    wanted = " ".join(fold(typed).split())
    return next((one for one, names in _shown().items() if wanted in (one, *map(fold, names))), None)
