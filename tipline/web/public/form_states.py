"""The states of a form's post, from its first word to its last file.

| stage    | its words are        | a file that comes is         | from                                     |
|----------|----------------------|------------------------------|------------------------------------------|
| RECEIVED | in the request alone | (none comes yet)             |                                          |
| KEPT     | in its sealed draft  | put into the draft           | RECEIVED: they do not pass, or go on     |
| HELD     | in the request alone | held until the words are safe| RECEIVED, KEPT: no draft can take it now |
| FILED    | a tip's              | attached to the tip          | RECEIVED, KEPT, HELD: they pass          |
| SPOOLED  | in the spool         | put into the spool           | RECEIVED, KEPT, HELD: they pass in a     |
|          |                      |                              | crowd, or the database takes nothing in; |
|          |                      |                              | FILED: it takes the next file in no more |

A post ends in any of them. FILED and SPOOLED are safe and lead to a receipt; KEPT gives the form back, with what is
wrong. RECEIVED and HELD give everything back to the reader, since only the page carries it. What goes wrong once the
words are safe costs a file, never the words.

A state never changes: each step of `submit.FormPost` makes the next one.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from tipline.core.arrival import Attached
from tipline.core.intake.drafts import KeptFile
from tipline.web.public.filing import SafeWords


class Stage(Enum):
    """Where the words of a post are."""

    RECEIVED = auto()
    KEPT = auto()
    HELD = auto()
    FILED = auto()
    SPOOLED = auto()


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that no draft can take now, and the question that it answers."""

    question_id: int
    attached: Attached


@dataclass(frozen=True, slots=True)
class PostState:
    """How far a post came. `draft` are the files that wait in its draft, None where there is no draft; `held` those
    that wait for the words to be safe, None where a draft can take them; `words` are set once they are safe."""

    draft: tuple[KeptFile, ...] | None = None
    held: tuple[HeldFile, ...] | None = None
    words: SafeWords | None = None

    @property
    def stage(self) -> Stage:
        if self.words is not None:
            return Stage.SPOOLED if self.words.filed is None else Stage.FILED
        if self.held is not None:
            return Stage.HELD
        return Stage.RECEIVED if self.draft is None else Stage.KEPT

    @property
    def size(self) -> int:
        """Bytes of the files that wait."""
        return sum(file.size for file in self.draft or ()) + sum(file.attached.data.size for file in self.held or ())

    @property
    def questions(self) -> list[int]:
        """The question of each file that waits."""
        return [*(kept.question_id for kept in self.draft or ()), *(held.question_id for held in self.held or ())]

    def keeping(self, *files: KeptFile) -> "PostState":
        """There is a draft, and these files are in it too."""
        return replace(self, draft=(*(self.draft or ()), *files))

    def without(self, file_id: int) -> "PostState":
        """The same, without a file of the draft."""
        return replace(self, draft=tuple(file for file in self.draft or () if file.id != file_id))

    def holding(self, *files: HeldFile) -> "PostState":
        """No draft takes anything in now: these files wait for the words."""
        return replace(self, held=(*(self.held or ()), *files))

    def safe(self, words: SafeWords) -> "PostState":
        """The words are safe."""
        return replace(self, words=words)
