"""Sentences with who and where is spoken of in them, and of whom "her" and 他们 are said."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tipline.core.noticed.reading import Found, Reading
from tipline.core.noticed.relations import group
from tipline.words import FactKind

WOMEN = frozenset({"wife", "daughter", "mother"})
MEN = frozenset({"husband", "son", "father"})
CLOSE = frozenset({"child", "spouse", "partner"})  # whom two places part
_BACK = 4  # sentences in which one is looked for of whom is spoken


class Parted(NamedTuple):
    """The words that say it, and from whom."""

    start: int
    end: int
    group: str


@dataclass(slots=True)
class Scene:
    """One sentence, and those before it."""

    reading: Reading
    start: int
    end: int
    people: list[Found] = field(default_factory=list)
    places: list[Found] = field(default_factory=list)
    before: "Scene | None" = None
    after: "Scene | None" = None
    here: dict[str, frozenset[str]] = field(default_factory=dict)  # where its writer is, by language, once it was read

    @property
    def text(self) -> str:
        return self.reading.names[self.start : self.end]

    def around(self) -> "Iterator[Scene]":
        """This sentence and the two on either side."""
        yield self
        for step in ("before", "after"):
            scene: Scene = self
            for _ in range(2):
                if (beside := getattr(scene, step)) is None:
                    break
                scene = beside
                yield scene

    def people_until(self, at: int) -> Iterator[Found]:
        """Those spoken of up to here, the last first, within a few sentences."""
        scene: Scene | None = self
        for _ in range(_BACK):
            if scene is None:
                return
            yield from (one for one in reversed(scene.people) if one.start < at)
            scene = scene.before

    def meant_by(self, pronoun: str, at: int) -> list[str]:
        """The groups that a pronoun speaks of."""
        if pronoun in ("them", "they", "他们", "她们", "两个", "佢哋"):
            scene: Scene | None = self
            for _ in range(_BACK):
                people = [one for one in scene.people if one.start < at] if scene else []
                if people:
                    return list(dict.fromkeys(group(one.value) for one in people))
                scene = scene.before if scene else None
            return []
        others = MEN if pronoun in ("her", "she", "她") else WOMEN if pronoun in ("him", "he") else frozenset()
        one = next((one for one in self.people_until(at) if one.value not in others), None)
        return [group(one.value)] if one else []


def scenes(reading: Reading, found: list[Found]) -> list[Scene]:
    """The sentences of a text, in order; what was found is in order too."""
    made: list[Scene] = []
    rest = iter([*found, None])
    one = next(rest)
    for start, end in reading.sentences():
        scene = Scene(reading, start, end, before=made[-1] if made else None)
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
