"""Words of parting in English."""

import re
from collections.abc import Iterator

from tipline.core.fact_extraction.coreference import CLOSE, SentenceContext, Separation
from tipline.core.fact_extraction.family import BESIDE, group
from tipline.core.fact_extraction.folded_text import FoundPassage

_NOT_SEEN = re.compile(
    r"\b(?:(?:have|has|had|did|do|does|could|can|would|will|was|were|am|is|are)(?: not|n'?t|'nt)|can'?t|cannot"
    r"|never|not|unable to"
    r"|(?:won't|don't|didn't|not|refused? to) (?:let|allow|permit)(?:ted)? (?:me|us)(?: back)?(?: in| home)?)"
    r"(?: (?:been|be|able|allowed|to|ever|even|really|yet|permitted|once|have|just"
    r"|get (?:a |the )?(?:visas?|permits?|permission|flights?|tickets?))){0,4}"
    r" (?:see(?:n|ing)?|met|meet|hold|held|hug(?:ged)?|kiss(?:ed)?|touch(?:ed)?|visit(?:ed)?|reach|get (?:back )?to"
    r"|go (?:back |home )?to(?: see)?|return to|be with|join|embraced?|reunited? with)\b"
    r"|\blast (?:saw|held|hugged|touched|met)\b|\blast time (?:that )?i (?:saw|held|hugged|touched)\b"
)
_FROM = re.compile(
    r"\b(?:separated|apart|torn(?: away)?|kept|taken(?: away)?|parted|split(?: up)?|cut off|away|divided)"
    r"(?: \w+)?? from\b"
)
_APART = re.compile(
    r"\b(?:been|are|we're|live|living|lived|were|us|still|family) (?:\w+ )?"
    r"(?:apart|separated)\b(?! from| by law)|\bsplit our family\b"
)
_STUCK = re.compile(
    r" (?:\w+ ){0,2}(?:is|are|was|were|got|get|remains?|being|been) (?:\w+ ){0,2}?"
    r"(?:stuck|stranded|trapped|left behind|locked in)\b"
)
_OBJECT = re.compile(r" (?:(?:either|both|any|one) of )?(?:to see )?(them|her|him|each other|me|us)\b")
_TO_THEM = re.compile(
    rf" (?:\w+ (?:and|or) )?(?:(?:my|our|their|his|her|the|an?|either|both|of|all|any|{BESIDE}) ){{0,6}}"
)
_ENDS = re.compile(
    r" ?(?:$|[.,;:!?)]|(?:since|for|in|yet|until|till|now|again|ever|after|once|at|any ?more|these|all)\b)"
)
_OTHERS = re.compile("'s? (?!face|hand|eyes|voice|arms)")  # "my son's school"
_THEY = re.compile(r"\b(she|he|they)(?:'s|'re| is| are| was| were| lives?| stays?| stayed| remains?)\b")
_I = re.compile(
    r"\b(?:i'?m|i (?:am|live|work|was|got|stay|stayed|remain|teach|flew|came|moved|returned|went|have been)|i've been"
    r"|me|myself|we are|we're)\b(?! not)"
)
_FIRST = re.compile(r"\b(?:i|i'm|we|with (?:me|us)|and me)\b|, me\b")
_LEFT = re.compile(r"\b(?:leave|left|leaving)\b")
_BEHIND = re.compile(
    r"(?: \w+){0,2}? (?:behind|with (?:my|her|his|their|our|the)|in(?! (?:\d|the end|peace|january|may))|there)\b"
)
_WITHOUT = re.compile(r" (?:\w+ ){0,4}?without (?:me|us|her|his|their|a) ?(?:mother|father|mum|mom|dad|parents?)?\b")
_GROWN = re.compile(r"\b(?:works?|working|university|college|job|studies|studying|married)\b")
_IN = re.compile(r"\b(?:in|at|to|outside|near|from) (?:the )?$")
_NEAR = 48  # characters


def read(scene: SentenceContext) -> Iterator[Separation]:
    yield from _unseen(scene)
    yield from _kept_from(scene)
    yield from _left(scene)
    yield from _stuck(scene)
    yield from _elsewhere(scene)


def _span(scene: SentenceContext, cue: re.Match[str]) -> tuple[int, int]:
    return scene.start + cue.start(), scene.start + cue.end()


def _after(scene: SentenceContext, at: int) -> list[FoundPassage]:
    """Who stands behind a cue: the first, and those that "and" joins to them."""
    people = [one for one in scene.people if at <= one.start < at + _NEAR]
    if not people or not _TO_THEM.fullmatch(scene.reading.names, at, people[0].start):
        return []
    joined = people[:1]
    for one in people[1:]:
        between = scene.reading.names[joined[-1].end : one.start]
        if len(between) > 16 or not re.search(r"\b(?:and|or)\b|,", between):
            break
        joined.append(one)
    return joined


def _unseen(scene: SentenceContext) -> Iterator[Separation]:
    for cue in _NOT_SEEN.finditer(scene.text):
        start, end = _span(scene, cue)
        said = _OBJECT.match(scene.text, cue.end())
        if said and said[1] in ("me", "us"):
            groups = [group(one.value) for one in scene.people if one.start < start][-1:]
        elif said and said[1] == "each other":
            groups = _couple(scene, start)
        elif said:
            groups = scene.meant_by(said[1], start)
        else:
            groups = [group(one.value) for one in _after(scene, end) if not _OTHERS.match(scene.reading.names, one.end)]
            if not groups and _ENDS.match(scene.text, cue.end()):
                groups = _couple(scene, start)
        yield from (Separation(start, end, one) for one in groups)


def _couple(scene: SentenceContext, at: int) -> list[str]:
    """Of whom "we" is said, or whom a sentence spoke of before "whom I haven't seen"."""
    people = [one for one in scene.people if one.start < at] or list(scene.people_until(at))[:1]
    return [group(people[-1].value)] if people else []


def _kept_from(scene: SentenceContext) -> Iterator[Separation]:
    for cue in _FROM.finditer(scene.text):
        start, end = _span(scene, cue)
        said = _OBJECT.match(scene.text, cue.end())
        if said and said[1] in ("me", "us"):
            people = [one for one in scene.people if one.start < start]
            yield from (Separation(start, end, group(one.value)) for one in people[-1:])
        elif said:
            yield from (Separation(start, end, one) for one in scene.meant_by(said[1], start))
        else:
            yield from (Separation(start, end, group(one.value)) for one in _after(scene, end))
    for cue in _APART.finditer(scene.text):
        start, end = _span(scene, cue)
        before = [group(one.value) for one in scene.people_until(end)]
        behind = [group(one.value) for one in (scene.after.people if scene.after else ())]
        close = [one for one in before if one in CLOSE][:1] or [one for one in behind if one in CLOSE]
        yield from (Separation(start, end, one) for one in close)


def _left(scene: SentenceContext) -> Iterator[Separation]:
    """ "I had to leave my son behind", and "with her grandparents"; not "I left my wife"."""
    for cue in _LEFT.finditer(scene.text):
        start, end = _span(scene, cue)
        people = [one for one in _after(scene, end) if group(one.value) in CLOSE]
        if people and _BEHIND.match(scene.reading.names, people[-1].end, scene.end):
            yield from (Separation(start, end, group(one.value)) for one in people)


def _stuck(scene: SentenceContext) -> Iterator[Separation]:
    for one in scene.people:
        until = min(scene.end, one.end + _NEAR)
        names = scene.reading.names
        cue = _STUCK.match(names, one.end, until) or (
            _WITHOUT.match(names, one.end, until) if group(one.value) == "child" else None
        )
        if cue and not _FIRST.search(cue[0]):
            yield Separation(cue.start(), cue.end(), group(one.value))


def _elsewhere(scene: SentenceContext) -> Iterator[Separation]:
    """They are in one place, and I am in another, a few sentences from it."""
    here = frozenset[str]().union(*(_my_places(near) for near in scene.around()))
    if not here:
        return
    for start, end, who, place in _places_of_theirs(scene):
        if who in CLOSE and place not in here:
            yield Separation(start, end, who)


def _my_places(scene: SentenceContext) -> frozenset[str]:
    if "en" not in scene.here:
        places = (_place_after(scene, _span(scene, cue)[1]) for cue in _I.finditer(scene.text))
        scene.here["en"] = frozenset(place.value for place in places if place)
    return scene.here["en"]


def _place_after(scene: SentenceContext, at: int) -> FoundPassage | None:
    place = next((one for one in scene.places if at <= one.start < at + _NEAR), None)
    if place is None:
        return None
    between = scene.reading.names[at : place.start]
    other = _THEY.search(between) or any(
        at <= one.start < place.start for one in scene.people if one.start < place.start
    )
    return (
        place if _IN.search(between) and not (other and ("," in between or ";" in between or "." in between)) else None
    )


def _places_of_theirs(scene: SentenceContext) -> Iterator[tuple[int, int, str, str]]:
    for one in scene.people:
        place = _place_after(scene, one.end)
        if place and _GROWN.search(scene.reading.names, one.end, min(scene.end, place.end + 24)):
            continue
        if place and not _FIRST.search(scene.reading.names[one.end : place.start]):
            yield one.end, place.start, group(one.value), place.value
    for cue in _THEY.finditer(scene.text):
        start, end = _span(scene, cue)
        place = _place_after(scene, end)
        if place and not _FIRST.search(scene.reading.names[end : place.start]):
            for who in scene.meant_by(cue[1], start):
                yield start, end, who, place.value
