"""What the composer of a tip shows, and what is to be done for it: gathered for the tip's page."""

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import get_locale

from tipline.core import callouts, readers
from tipline.core.access import Actor, sees_identity
from tipline.core.outgoing_mail import threads
from tipline.core.replies import reply_files, saved_replies
from tipline.core.replies.saved_replies import Meanings
from tipline.core.tip_page.sidebar import TipSidebar
from tipline.core.tips import reply_drafts
from tipline.core.tips.reply_drafts import SavedReplyDraft
from tipline.core.triage import checklists, tasks
from tipline.models import Callout, Checklist, DraftKind, ReplyFile, SavedReply, Task, Tip
from tipline.web import desk_cache, i18n
from tipline.web.desk import send_times
from tipline.web.desk.send_times import SendTime
from tipline.web.forms.contact import ContactForm
from tipline.web.guards import read
from tipline.web.place import settings

NOTHING = SavedReplyDraft("", "")


@dataclass(frozen=True, slots=True)
class Composer:
    """What stands in and under the fields. `writes` is the reader's language, where it is not the reporter's."""

    reply: SavedReplyDraft
    note: SavedReplyDraft
    files: list[ReplyFile]
    saved: list[SavedReply]
    times: list[SendTime]
    writes: str
    contact: ContactForm


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: tasks under the name of their checklist, "" for those that have none."""

    groups: list[tuple[str, list[Task]]] = field(default_factory=list)
    offered: list[Checklist] = field(default_factory=list)


def composer(tip: Tip, full: TipSidebar, by: Actor, contact: ContactForm | None) -> Composer:
    """The composer of a tip that this person works on."""
    assert tip.id is not None
    begun, here = reply_drafts.of_tip(read(), tip.id, by), datetime.now(i18n.zone())
    return Composer(
        reply=begun.get(DraftKind.REPLY, NOTHING),
        note=begun.get(DraftKind.NOTE, NOTHING),
        files=reply_files.waiting(read(), tip.id, by),
        saved=_saved(tip),
        times=send_times.offered(here),
        writes=_foreign(tip.language),
        contact=contact or ContactForm.blank(here),
    )


def work(tip: Tip, by: Actor) -> Work:
    """The tasks of a tip, in their order, and the checklists that may be put on it."""
    assert tip.id is not None
    every = desk_cache.of("checklists", lambda: checklists.everything(read()))
    names = {row.id: row.name for row in every}
    groups: dict[str, list[Task]] = {}
    for task in tasks.of_tip(read(), tip.id):
        groups.setdefault(names.get(task.checklist_id, ""), []).append(task)
    return Work(sorted(groups.items(), key=lambda group: group[0] != ""), [row for row in every if not row.retired])


def _saved(tip: Tip) -> list[SavedReply]:
    whose = tip.callout_id, tip.language
    return desk_cache.of("saved replies", lambda: saved_replies.for_tip(read(), *whose), *whose)


def meanings(tip: Tip, by: Actor, language: str) -> Meanings:
    """What the placeholders of a saved reply stand for on this tip. The short name, where this person may see it."""
    assert tip.id is not None
    names = readers.short_names_of(read(), {tip.reader_id}) if sees_identity(tip, by) else {}
    callout = read().get_one(Callout, tip.callout_id)
    spoken = (language or tip.language or str(get_locale())).replace("-", "_")
    title = callouts.texts(read(), [callout], spoken)[tip.callout_id].title
    url = settings().newsroom.url
    return Meanings(
        reader=names.get(tip.reader_id, ""),
        reporter=by.name,
        callout=title,
        newsroom=settings().newsroom.name,
        link=f"{url}/m/{threads.page_token(read(), tip.id)}" if url else "",
    )


def _foreign(language: str) -> str:
    """A language in words, "" where it is the reporter's own or not known."""
    if not language or language.replace("_", "-").split("-")[0] == get_locale().language:
        return ""
    return i18n.language_name(language)
