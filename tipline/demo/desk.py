"""The demo's desk: what its newsroom set up for itself, and what alice, bob and carol did. See desk.toml."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from tipline.core import inbox, replies, tags, triage
from tipline.core.access import Actor
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.core.filters import Filters
from tipline.core.inbox import views
from tipline.core.outgoing_mail import Sender
from tipline.core.replies import saved_replies
from tipline.core.replies.saved_replies import SavedDraft
from tipline.core.results.publishing import AnswerCut
from tipline.core.tags import merging
from tipline.core.triage import checklists
from tipline.core.triage.checklists import ChecklistDraft
from tipline.db import Database
from tipline.demo import callouts as demo_callouts
from tipline.demo import facts as demo_facts
from tipline.demo import letters
from tipline.demo import quotes as demo_quotes
from tipline.demo.stories import Story
from tipline.models import Status, TagColour, Verification


@cache
def _told() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(Path(__file__).with_name("desk.toml").read_text("utf-8"))


def furnish(database: Database, people: Mapping[str, Actor]) -> None:
    """Tags with colours, views, saved replies, macros and a checklist, as a newsroom makes them on its first day."""
    with database.writing() as session:
        alice = people["alice"]
        for tag in _told()["tag"]:
            made = tags.named(session, tag["name"])
            merging.change(session, made, tag["name"], TagColour(tag["colour"]), tag["group"], alice)
        for view in _told()["view"]:
            alert = view.get("alert", False)
            views.save(session, view["name"], view["query"], people[view["by"]], shared=True, alert=alert)
        for saved in _told()["saved_reply"]:
            draft = SavedDraft(saved["name"], saved["text"], language=saved["language"])
            saved_replies.save(session, None, draft, alice)
        for macro in _told()["macro"]:
            steps = [BulkStep(verb, value) for verb, value in macro["steps"]]
            macros.save(session, None, macro["name"], macro["key"], steps, alice, shared=True)
        for checklist in _told()["checklist"]:
            checklists.save(session, None, ChecklistDraft(checklist["name"], checklist["steps"]), alice)
        session.commit()


def work(
    database: Database, people: Mapping[str, Actor], told: list[Story], filed: dict[str, int], birth: datetime
) -> None:
    """What alice, bob and carol did with the first tips."""
    today = birth.date()
    sender = Sender(letters.MERIDIAN, letters.ADDRESSES["borders"], plus=True)
    with database.writing() as session:
        tips = filed | _mailed(session, told, people["alice"], birth)
        for entry in _told()["work"]:
            by, tip_id = people[entry["by"]], tips[entry["story"]]
            triage.mark_seen(session, tip_id, by)
            triage.tag(session, tip_id, entry.get("tags", []), by)
            if "assign" in entry:
                triage.assign(session, tip_id, people[entry["assign"]].account_id, by)
            if "status" in entry:
                triage.set_status(session, tip_id, Status(entry["status"]), by)
            if "verification" in entry:
                triage.set_choice(session, tip_id, Verification(entry["verification"]), by)
            if "follow_up" in entry:
                triage.follow_up(session, tip_id, today + timedelta(days=entry["follow_up"]), by)
            if "note" in entry:
                triage.note(session, tip_id, entry["note"], by)
            if "reply" in entry:
                replies.queue(session, tip_id, entry["reply"], by, sender)
            if "publish" in entry:
                demo_callouts.publish(session, tip_id, AnswerCut(**entry["publish"]), by)
        demo_quotes.write(session, _told()["quote"], tips, people, sender, today)
        session.commit()
    demo_facts.note(database, tips, _told()["work"], people["alice"])


def _mailed(session: Session, told: list[Story], by: Actor, birth: datetime) -> dict[str, int]:
    """The tips that came by mail, by their stories' keys: found by time, to the second."""
    came = {birth - timedelta(days=story.days): story.key for story in told if story.by_mail}
    came = {at.replace(microsecond=0): key for at, key in came.items()}
    page = inbox.page(session, Filters(any_status=True), by, birth.date(), limit=len(told) + 10)
    return {
        came[row.tip.received_at]: row.tip.id
        for row in page.rows
        if row.tip.received_at in came and row.tip.id is not None
    }
