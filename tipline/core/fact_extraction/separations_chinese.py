"""Words of parting in Chinese."""

import re
from collections.abc import Iterator

from tipline.core.fact_extraction.coreference import CLOSE, SentenceContext, Separation
from tipline.core.fact_extraction.family import group
from tipline.core.fact_extraction.folded_text import FoundPassage

_NOT_SEEN = re.compile(
    "见不[到着上了]|没(?:有)?(?:能|再|机会|办法)?(?:见|抱)(?!识|效|好)[过到着]?|没(?:有)?看(?:到过|见过)|[看抱]不[到着](?!希望|头)|未(?:能|曾)?见过?|(?:无法|不能|没法)(?:相)?见"
    "|不(?:让|给|许|准)(?:我|我们)?[见看]|面都没见|上[次回]见到?|最后一次见到?|冇见过?"
)
_PARTED = re.compile(
    "分离|分开(?=[了的已快多两三四五六七八九十\\d])|被迫分开|失散|天各一方|(?:不能|无法)团[聚圆]|团聚不了|两地分[居隔]|分隔两地|两地相隔|离散"
)
_BACK = re.compile("回不[去来了]|过不[去来]|[进出]不[去来了]|接不(?:[过出回]来|了|到)")
_WORDS = (
    (re.compile("骨肉分离|母[子女]分[离隔]|父[子女]分[离隔]|骨肉离散"), "child"),
    (re.compile("夫妻(?:两地|分[居离隔])|两地分居"), "spouse"),
)
_OBJECT = re.compile("[^，。]{0,3}?(他们|她们|佢哋|她|他|它|佢|面)")
_AT = "(?:被困在|困在|滞留在|滞留|留在了?|人在|待在|住在|还在|在|喺|留喺|困喺|住喺|跟着|送回了?|送到了?)"
_THERE = re.compile(f"[^。，]{{0,6}}，?{_AT}(?P<where>国内|老家|家乡|大陆|内地|国外|海外|对岸|那边)?")
_MINE = re.compile(f"(?:我们|我哋|我|自己|本人)[^，。]{{0,5}}?(?:{_AT}|回了?)(?P<where>国外|海外|国内|外地|老家)?")
_STUCK = re.compile("(?:现在|还|一直|也|都|们|却)?(?:被困|困在|滞留|被滞留|被隔在|被拦在|被留在)")
_GROWN = re.compile("大学|上班|工作|读研|打工|出嫁")
_NEAR = 10  # characters
_BEHIND = 6  # as many behind a place, where one word says it of two


def read(scene: SentenceContext) -> Iterator[Separation]:
    yield from _unseen(scene)
    yield from _parted(scene)
    yield from _stuck(scene)
    yield from _elsewhere(scene)


def _unseen(scene: SentenceContext) -> Iterator[Separation]:
    for cue in _NOT_SEEN.finditer(scene.text):
        start, end = scene.start + cue.start(), scene.start + cue.end()
        behind = [one for one in scene.people if end <= one.start < end + _NEAR]
        said = _OBJECT.match(scene.text, cue.end())
        if behind:
            groups = [group(one.value) for one in behind[:1]]
        elif said and said[1] != "面":
            groups = scene.meant_by(said[1], start)
        else:
            groups = [group(one.value) for one in scene.people if one.start < start][-1:]
            if not groups and (said or cue[0].startswith("面")):
                groups = [group(one.value) for one in list(scene.people_until(start))[:1]]
        yield from (Separation(start, end, one) for one in groups)


def _parted(scene: SentenceContext) -> Iterator[Separation]:
    for words, who in _WORDS:
        for cue in words.finditer(scene.text):
            yield Separation(scene.start + cue.start(), scene.start + cue.end(), who)
    for cue in _PARTED.finditer(scene.text):
        start, end = scene.start + cue.start(), scene.start + cue.end()
        for one in scene.people:
            if 0 <= start - one.end <= _NEAR or 0 <= one.start - end <= 4:
                yield Separation(start, end, group(one.value))
        if not scene.people and cue[0] == "分开":
            near = [one for beside in (scene.before, scene.after) if beside for one in beside.people]
            yield from (Separation(start, end, group(one.value)) for one in near if group(one.value) in CLOSE)
    for cue in _BACK.finditer(scene.text):
        start, end = scene.start + cue.start(), scene.start + cue.end()
        near = [one for one in scene.people if one.start < start and group(one.value) in (*CLOSE, "parent")]
        yield from (Separation(start, end, group(one.value)) for one in near[-1:])


def _stuck(scene: SentenceContext) -> Iterator[Separation]:
    for one in scene.people:
        cue = _STUCK.match(scene.reading.names, one.end, scene.end)
        if cue and group(one.value) in (*CLOSE, "parent"):
            yield Separation(cue.start(), cue.end(), group(one.value))


def _elsewhere(scene: SentenceContext) -> Iterator[Separation]:
    """They are in one place, and I am in another, a few sentences from it."""
    here = frozenset[str]().union(*(_my_places(near) for near in scene.around()))
    if not here:
        return
    for start, end, who, place in _places(scene, _theirs(scene)):
        if who in CLOSE and place not in here:
            yield Separation(start, end, who)


def _my_places(scene: SentenceContext) -> frozenset[str]:
    if "zh" not in scene.here:
        scene.here["zh"] = frozenset(place for _, _, _, place in _places(scene, _mine(scene)))
    return scene.here["zh"]


def _mine(scene: SentenceContext) -> Iterator[tuple[re.Match[str], str]]:
    for cue in _MINE.finditer(scene.text):
        people = [one for one in scene.people if scene.start + cue.start() <= one.start < scene.start + cue.end()]
        if all(one.value == "spouse" for one in people) or re.match("我们?[和跟同与]", cue[0]):
            yield cue, ""


def _theirs(scene: SentenceContext) -> Iterator[tuple[re.Match[str], str]]:
    for one in scene.people:
        cue = _THERE.match(scene.text, one.end - scene.start)
        if cue and "我" not in cue[0] and not _GROWN.search(scene.text, cue.end(), cue.end() + _NEAR):
            yield cue, group(one.value)


def _places(scene: SentenceContext, cues: Iterator[tuple[re.Match[str], str]]) -> Iterator[tuple[int, int, str, str]]:
    """The words in which each cue says where, of whom, and the place."""
    for cue, who in cues:
        end = scene.start + cue.end()
        at = scene.start + cue.start("where") - 1 if cue["where"] else end - 1
        place: FoundPassage | None = next((one for one in scene.places if end <= one.start <= end + 1), None)
        where = cue["where"] or (place.value if place else None)
        if where:
            yield at, (place.end if place else end) + _BEHIND, who, where
