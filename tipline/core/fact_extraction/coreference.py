"""Sentences with who and where is spoken of in them, and of whom "her" and 他们 are said."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tipline.core.fact_extraction.family import group
from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage
from tipline.vocabularies import FactKind

WOMEN = frozenset({"wife", "daughter", "mother"})
MEN = frozenset({"husband", "son", "father"})
CLOSE = frozenset({"child", "spouse", "partner"})  # whom two places part
_BACK = 4  # sentences in which one is looked for of whom is spoken


class Separation(NamedTuple):
    """The words that say it, and from whom."""

    start: int
    end: int
    group: str


@dataclass(slots=True)
class SentenceContext:
    """One sentence, and those before it."""

    reading: FoldedText
    start: int
    end: int
    people: list[FoundPassage] = field(default_factory=list)
    places: list[FoundPassage] = field(default_factory=list)
    before: "SentenceContext | None" = None
    after: "SentenceContext | None" = None
    here: dict[str, frozenset[str]] = field(default_factory=dict)  # where its writer is, by language, once it was read

    @property
    def text(self) -> str:
        return self.reading.names[self.start : self.end]

    def around(self) -> "Iterator[SentenceContext]":
        """This sentence and the two on either side."""
        yield self
        for step in ("before", "after"):
            scene: SentenceContext = self
            for _ in range(2):
                if (beside := getattr(scene, step)) is None:
                    break
                scene = beside
                yield scene

    def people_until(self, at: int) -> Iterator[FoundPassage]:
        """Those spoken of up to here, the last first, within a few sentences."""
        scene: SentenceContext | None = self
        for _ in range(_BACK):
            if scene is None:
                return
            yield from (one for one in reversed(scene.people) if one.start < at)
            scene = scene.before

    def meant_by(self, pronoun: str, at: int) -> list[str]:
        """The groups that a pronoun speaks of."""
        if pronoun in ("them", "they", "他们", "她们", "两个", "佢哋"):
            scene: SentenceContext | None = self
            for _ in range(_BACK):
                people = [one for one in scene.people if one.start < at] if scene else []
                if people:
                    return list(dict.fromkeys(group(one.value) for one in people))
                scene = scene.before if scene else None
            return []
        others = MEN if pronoun in ("her", "she", "她") else WOMEN if pronoun in ("him", "he") else frozenset()
        one = next((one for one in self.people_until(at) if one.value not in others), None)
        return [group(one.value)] if one else []


def scenes(reading: FoldedText, found: list[FoundPassage]) -> list[SentenceContext]:
    """The sentences of a text, in order; what was found is in order too."""
    made: list[SentenceContext] = []
    rest = iter([*found, None])
    one = next(rest)
    for start, end in reading.sentences():
        scene = SentenceContext(reading, start, end, before=made[-1] if made else None)
        if made:
            made[-1].after = scene
        while one is not None and one.start < end:
            if one.kind is FactKind.RELATION:
                scene.people.append(one)
            elif one.kind in (FactKind.PLACE, FactKind.CROSSING):
                scene.places.append(one)
            one = next(rest)
        made.append(scene)
    return made
