"""What a callout says, one row a language; what is not translated is shown in the first language that has it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.callouts.callout_shapes import CalloutTexts
from tipline.core.text.language import nearest
from tipline.models import Callout, CalloutText

TEXTS = tuple(part.name for part in fields(CalloutTexts))
OWN_DEFAULTS = frozenset({"acknowledgement", "next_steps"})  # empty, they are our own words, in the reader's language


def texts(session: Session, callouts: Iterable[Callout], language: str) -> dict[int, CalloutTexts]:
    """What each callout says in a language; what is not translated, in its first language that has it."""
    return {id_: said for id_, (said, _where) in spoken(session, callouts, language).items()}


def spoken(
    session: Session, callouts: Iterable[Callout], language: str
) -> dict[int, tuple[CalloutTexts, dict[str, str]]]:
    """As `texts`, and beside them the language of each part that is in another one."""
    wanted = {callout.id or 0: callout for callout in callouts}
    rows: dict[int, dict[str, CalloutText]] = {callout_id: {} for callout_id in wanted}
    for row in session.scalars(select(CalloutText).where(col(CalloutText.callout_id).in_(wanted))):
        rows[row.callout_id][row.language] = row
    found = {}
    for callout_id, callout in wanted.items():
        said = {row.language: texts_of(row) for row in rows[callout_id].values()}
        found[callout_id] = fallen_back(said, language, callout.languages)
    return found


def fallen_back(
    said: Mapping[str, CalloutTexts], language: str, languages: Sequence[str]
) -> tuple[CalloutTexts, dict[str, str]]:
    """A callout's texts for a language, part by part, and of which language each part is that is not in it."""
    own = [code for code in dict.fromkeys((language, nearest(language, languages), *languages)) if code in said]
    parts, elsewhere = dict.fromkeys(TEXTS, ""), {}
    for name in TEXTS:
        offered = [code for code in own if code == language or name not in OWN_DEFAULTS]
        if name == "title":  # nothing is worse than a callout without a name
            offered += said.keys() - own
        code = next((code for code in offered if getattr(said[code], name)), "")
        if code:
            parts[name] = getattr(said[code], name)
        if code not in ("", language):
            elsewhere[name] = code
    return CalloutTexts(**parts), elsewhere


def put_texts(session: Session, callout_id: int, wanted: dict[str, CalloutTexts]) -> None:
    for language, said in wanted.items():
        parts = {name: getattr(said, name) for name in TEXTS}
        session.merge(CalloutText(callout_id=callout_id, language=language, **parts))


def texts_of(row: CalloutText) -> CalloutTexts:
    return CalloutTexts(**{name: getattr(row, name) for name in TEXTS})
