"""Places and crossings: which of the gazetteer's names are meant where they stand, and where they lie."""

import re
from typing import Any

from tipline.core.fact_extraction.folded_text import FoldedText
from tipline.core.fact_extraction.name_index import NamedEntry, NameIndex, listed, own_name
from tipline.vocabularies import FactKind

_TABLES = {FactKind.PLACE: "place", FactKind.CROSSING: "crossing"}
_TO = re.compile(r"\b(?:in|from|to|into|via|near|outside|through|reach|reached|left|leave|leaving|at|visit|visited) $")
_THE = re.compile(r"\b(?:the|in|to|from|into|via|outside) $")
_ROAD = re.compile(
    r" (?:(?:east|west|north|south|middle|central) )?(?:road|street|avenue|lane|boulevard|rd|st|ave|daily|evening)\b"
    r"|[东西南北中]?[一二三四]?(?:路(?![上过途程边])|街(?!头)|大道|巷|弄堂)"
)
_NATION = re.compile(
    r"[人籍裔菜货](?!行道)|国籍|护照|公民|工人|同胞|学生|客户|老板|企业|语|话费?"
    r"|的(?:护照|国籍|绿卡|永居|签证|以后)| (?:citizen|passport|national|visa|green card|dollar|embassy|consulate"
    r"|government|state department)"
)
_CROSSING = re.compile(
    r" ?(?:(?:land|border|rail|road|bus|main) )*(?:crossing|checkpoint|check point|border|port of entry|bridge|control"
    r" point|customs)\b|口岸|关口|关闸|边检|海关|国门|大桥|边境|关(?!系|于|门|心|注|照)"
)
_CROSSING_BEFORE = re.compile(r"\b(?:crossing|checkpoint|border|bridge|port) (?:at|of|in|near) (?:the )?$")
_LOOK = 24  # characters beside a name


def add(index: NameIndex) -> None:
    """Every name of the gazetteer. A crossing that has a town's name is asked before the town."""
    gazetteer = listed("gazetteer")
    for table, kind, meant in (("crossing", FactKind.CROSSING, _no_street), ("place", FactKind.PLACE, _plain)):
        for value, entry in gazetteer[table].items():
            for name in entry.get("cued", ()):
                index.add(name, NamedEntry(kind, value, _at_border))
            fits = _nation if entry.get("country") else meant
            for name in (value, entry["zh"], *entry.get("also", ())):
                if name in entry.get("cued", ()):
                    continue
                index.add(name, NamedEntry(kind, value, _meant(name, fits, careful="careful" in entry)))
    for name in (*gazetteer["traps"]["en"], *gazetteer["traps"]["zh"]):
        index.add(name, NamedEntry(None, name))


def _meant(name: str, fits: Any, *, careful: bool) -> Any:
    if not name.isascii():
        return fits
    if name in ("US", "KL", "L.A."):
        return _abbreviated
    if careful:
        return _careful
    return _capitals if len(name) == 3 and name.isupper() and name not in ("USA", "UAE", "NYC") else fits


def _plain(reading: FoldedText, start: int, end: int) -> bool:
    return not _ROAD.match(reading.names, end)


def _no_street(reading: FoldedText, start: int, end: int) -> bool:
    """A crossing: there is a Khunjerab Road to it, but 罗湖路 is a street."""
    return reading.names[end : end + 1] == " " or _plain(reading, start, end)


def _nation(reading: FoldedText, start: int, end: int) -> bool:
    """A country, and not the people, language or papers of one."""
    return not _NATION.match(reading.names, end) and _plain(reading, start, end)


def _careful(reading: FoldedText, start: int, end: int) -> bool:
    before = reading.names[max(0, start - _LOOK) : start]
    return reading.text[start].isupper() and _TO.search(before) is not None and _nation(reading, start, end)


def _capitals(reading: FoldedText, start: int, end: int) -> bool:
    return reading.text[start:end].isupper() and _plain(reading, start, end)


def _abbreviated(reading: FoldedText, start: int, end: int) -> bool:
    """Two capitals: "in the US", and not "HELP US"."""
    before = reading.names[max(0, start - _LOOK) : start]
    return reading.text[start:end].isupper() and _THE.search(before) is not None and _nation(reading, start, end)


def _at_border(reading: FoldedText, start: int, end: int) -> bool:
    before = reading.names[max(0, start - _LOOK) : start]
    return _CROSSING.match(reading.names, end) is not None or _CROSSING_BEFORE.search(before) is not None


def shown(kind: FactKind, value: str, language: str) -> str:
    entry = listed("gazetteer")[_TABLES[kind]].get(value)
    return own_name(entry, value, language) if entry else value


def at(kind: FactKind, value: str) -> tuple[float, float] | None:
    entry = listed("gazetteer")[_TABLES[kind]].get(value) if kind in _TABLES else None
    return (float(entry["at"][0]), float(entry["at"][1])) if entry else None
