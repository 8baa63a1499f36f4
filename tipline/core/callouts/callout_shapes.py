"""A callout as an editor wants it and as a page shows it, and what a draft must say to stand."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from tipline.core.callouts.questions import WITH_OPTIONS, QuestionDraft, QuestionView
from tipline.errors import Refused
from tipline.models import Callout, CalloutStatus
from tipline.vocabularies import N_

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class CalloutTexts:
    """What a callout says in one language."""

    title: str
    intro: str = ""
    why: str = ""
    closed_message: str = ""
    acknowledgement: str = ""  # what a mail is answered at once, where it is; "" for the default words
    handling: str = ""  # what we do with the answers
    risk: str = ""  # when not to use this form
    next_steps: str = ""  # on the receipt: what happens now, and when; "" for the default words


@dataclass(frozen=True, slots=True)
class StaleTranslation:
    """A translation of what its source said before, any of `of`; `source` is what it says by now."""

    language: str
    text: str
    source: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalloutDraft:
    """A callout as an editor wants it. Questions stand in their order; those left out retire."""

    slug: str
    languages: list[str]
    mail_address: str
    closes_at: datetime | None
    texts: dict[str, CalloutTexts]
    questions: list[QuestionDraft]
    acknowledge: bool = False  # whether mail to it is answered at once
    opens_at: datetime | None = None
    timezone: str = ""  # in which its dates are written; "" = the newsroom's
    retention_days: int | None = None
    anonymous: bool = True
    mail_subject: str = ""
    ask_by_mail: bool = False
    indexed: bool = False
    gallery: bool = False
    embed_origins: tuple[str, ...] = ()
    behind: tuple[StaleTranslation, ...] = ()  # translations that an editor has still to look at


@dataclass(frozen=True, slots=True)
class CalloutView:
    """A callout as a page shows it. `status` is "closed" past the closing date and "paused" before the opening one,
    whatever the row says."""

    id: int
    slug: str
    status: CalloutStatus
    title: str
    intro: str
    why: str
    closed_message: str
    language: str
    languages: list[str]
    mail_address: str
    closes_at: datetime | None
    questions: list[QuestionView]
    handling: str = ""
    risk: str = ""
    next_steps: str = ""
    opens_at: datetime | None = None
    timezone: str = ""
    retention_days: int | None = None
    anonymous: bool = True
    indexed: bool = False
    gallery: bool = False
    embed_origins: tuple[str, ...] = ()
    elsewhere: dict[str, str] = field(default_factory=dict)  # the language of each text that is not in `language`

    @property
    def is_open(self) -> bool:
        return self.status is CalloutStatus.OPEN


def shown(
    source: Callout | CalloutDraft,
    said: CalloutTexts,
    elsewhere: dict[str, str],
    *,
    id: int,
    status: CalloutStatus,
    language: str,
    questions: list[QuestionView],
) -> CalloutView:
    """A callout, saved or only typed, as a page shows it in a language."""
    return CalloutView(
        id=id,
        slug=source.slug,
        status=status,
        title=said.title,
        intro=said.intro,
        why=said.why,
        closed_message=said.closed_message,
        language=language,
        languages=list(source.languages),
        mail_address=source.mail_address,
        closes_at=source.closes_at,
        questions=questions,
        handling=said.handling,
        risk=said.risk,
        next_steps=said.next_steps,
        opens_at=source.opens_at,
        timezone=source.timezone,
        retention_days=source.retention_days,
        anonymous=source.anonymous,
        indexed=source.indexed,
        gallery=source.gallery,
        embed_origins=tuple(source.embed_origins),
        elsewhere=elsewhere,
    )


def check(draft: CalloutDraft) -> None:
    if len(draft.slug) > SLUG_LENGTH or not SLUG.fullmatch(draft.slug):
        raise Refused(N_("Write the address in small letters, digits and single hyphens, like closed-borders."))
    if not draft.languages:
        raise Refused(N_("Choose at least one language."))
    if not draft.texts.get(draft.languages[0], CalloutTexts("")).title.strip():
        raise Refused(N_("Give the callout a title in its first language."))
    for question in draft.questions:
        said = [question.texts.get(language) for language in draft.languages]
        if said[0] is None or not said[0].wording.strip():
            raise Refused(N_("Write each question in the callout's first language."))
        if question.kind not in WITH_OPTIONS:
            continue
        numbers = {len(one.options) for one in said if one is not None and one.wording}
        if len(said[0].options) < 2:
            raise Refused(N_("Give each question of choice at least two options, one a line."))
        if len(numbers) > 1:
            raise Refused(N_("Give each question the same number of options in every language, in the same order."))
