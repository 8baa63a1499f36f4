"""How a callout will look: what is typed and not yet saved, and a secret link to what is saved.

The link is a keyed code of the callout and its turn, so nothing has to be kept for it; a new turn makes the old link
useless.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from sqlmodel import Session

from tipline.core import callouts, events
from tipline.core.access import Actor
from tipline.core.callouts import questions
from tipline.core.callouts.callout_shapes import CalloutDraft, CalloutView, shown
from tipline.core.callouts.callout_texts import fallen_back
from tipline.core.callouts.questions import AskIf, QuestionDraft, QuestionView
from tipline.models import Callout, CalloutStatus, Verb
from tipline.sealing import Master

PURPOSE = "preview"
CODE_BYTES = 16
HEAD_BYTES = 8


def token(master: Master, callout: Callout) -> str:
    """The secret part of a callout's preview link."""
    assert callout.id is not None
    code = master.mac(PURPOSE, f"{callout.id}:{callout.preview_generation}", size=CODE_BYTES)
    return urlsafe_b64encode(callout.id.to_bytes(HEAD_BYTES, "big") + code).rstrip(b"=").decode()


def by_token(session: Session, master: Master, text: str) -> Callout | None:
    """The callout of a preview link; None where the link was never made or a new one took its place."""
    try:
        held = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return None
    callout_id = int.from_bytes(held[:HEAD_BYTES], "big")
    if len(held) != HEAD_BYTES + CODE_BYTES or callout_id >> 31:
        return None
    callout = session.get(Callout, callout_id)
    turn = callout.preview_generation if callout else 0
    good = master.mac_is(PURPOSE, f"{callout_id}:{turn}", held[HEAD_BYTES:])
    return callout if good and callout is not None and callout.status is not CalloutStatus.ARCHIVED else None


def renew(session: Session, callout_id: int, by: Actor) -> Callout:
    """Make a new link; who has the old one sees nothing any more."""
    callout = callouts.for_edit(session, callout_id, by, lock=True)
    callout.preview_generation += 1
    session.add(callout)
    events.record(session, Verb.PREVIEW_LINK, by=by, object_id=callout_id)
    session.flush()
    return callout


def sketch(draft: CalloutDraft, language: str, callout_id: int = 0) -> CalloutView:
    """A draft as readers of a language would see it, open. Its questions are numbered from 1."""
    said, elsewhere = fallen_back(draft.texts, language, draft.languages)
    return shown(
        draft,
        said,
        elsewhere,
        id=callout_id,
        status=CalloutStatus.OPEN,
        language=language,
        questions=[_sketched(one, n, language, draft.languages) for n, one in enumerate(draft.questions, 1)],
    )


def _sketched(one: QuestionDraft, number: int, language: str, languages: list[str]) -> QuestionView:
    rule = one.ask_if
    ask_if = AskIf(rule.question + 1, rule.options) if rule and rule.question + 1 < number else None
    return questions.shown(one, one.texts, language, languages, id=number, origin=number, ask_if=ask_if)
