"""What a reader types on their own page and has not sent yet: a sealed draft, one for each tip, so that a reload, a
link and Back cost nothing. Whoever may open the page may see it, for an hour.
"""

from werkzeug.datastructures import MultiDict

from tipline.core.intake import added_forms, drafts
from tipline.db import OUT_OF_REACH, now
from tipline.models import Tip
from tipline.web.forms.submission import number_in
from tipline.web.guards import read, write
from tipline.web.public import ttl_cache
from tipline.web.public.pages import SHOWN
from tipline.web.public.submit import NOTED

TEXT = "text"


def text(tip: Tip) -> str:
    """What was typed within the hour; "" where nothing was, or it was sent, or its reader left in haste."""
    kept = drafts.take(read(), added_forms.unsent_id(read(), tip.id or 0))
    return "" if kept is None or now() - kept.at > SHOWN else "".join(kept.fields.get(TEXT, ())[:1])


def note(tip: Tip, fields: "MultiDict[str, str]") -> None:
    """Keep what is typed, unless what waits is newer: a note may arrive behind the post that sent its words."""
    if number_in(fields, NOTED) <= ttl_cache.sent().get(_page(tip), -1):
        return
    _keep(tip, fields, [fields.get(TEXT, "")])


def end(tip: Tip, fields: "MultiDict[str, str]", *, always: bool = False) -> None:
    """Forget what was typed, and what is noted late; `always` where nothing may have arrived yet."""
    ttl_cache.sent().put(_page(tip), number_in(fields, NOTED))
    try:
        if always or drafts.take(read(), added_forms.unsent_id(read(), tip.id or 0)) is not None:
            _keep(tip, fields, [])
    except OUT_OF_REACH:  # what was sent is safe, and this ends by itself
        return


def _page(tip: Tip) -> str:
    return f"page of {tip.id}"


def _keep(tip: Tip, fields: "MultiDict[str, str]", words: list[str]) -> None:
    with write() as session:
        name = added_forms.unsent_id(session, tip.id or 0)
        kept = drafts.take(session, name)
        if kept is not None and number_in(MultiDict(kept.fields), NOTED) > number_in(fields, NOTED):
            return
        drafts.keep(session, name, tip.callout_id, {TEXT: words, NOTED: [fields.get(NOTED, "")]})
        session.commit()
