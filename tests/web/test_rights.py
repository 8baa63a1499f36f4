"""Who may what: every route, by every role, on one's own callout, another's, and a restricted tip.

A new route gets one line in rights.py, named by its endpoint: who may use it, and the form that a POST sends. Where its
address has a part that no other has, `World` gets a line that says which row stands for it at each place.
An unlisted route fails, and so does a listed one that is gone.
"""

from dataclasses import dataclass
from enum import StrEnum

import pytest
from flask import Flask
from sqlmodel import Session, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.core.making import make_tip, say
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web import rights_of_work
from tests.web.rights import RIGHTS, A, E, R, V
from tipline.core import events, files, vault
from tipline.core.access import Actor
from tipline.core.accounts import sessions
from tipline.core.arrival import Attachment
from tipline.core.inbox import views
from tipline.core.tips import highlights
from tipline.db import Database, now
from tipline.models import (
    BulkChange,
    Epoch,
    Ledger,
    LedgerState,
    LoginSession,
    Macro,
    Mailbox,
    Message,
    Outgoing,
    Publication,
    Question,
    QuestionKind,
    QuestionText,
    RawMail,
    Reason,
    Role,
    SendState,
    Status,
    StoredFile,
    Tag,
    Tip,
    TipTag,
    Verb,
)
from tipline.sealing import new_id, seal

# The conditions themselves run on both databases in tests/core; here it is the views' turn, and there are many.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Place(StrEnum):
    OWN = "own"  # a tip of the callout on whose team bob (reporter) and dave (viewer) are
    OTHER = "other"
    RESTRICTED = "restricted"  # on the own callout, but nobody is named


TITLES = {Place.OWN: "Ownstory", Place.OTHER: "Otherstory", Place.RESTRICTED: "Hiddenstory"}


@dataclass(frozen=True)
class World:
    """Rows of every kind at every place, and the parts of addresses that name them."""

    cast: Cast
    tips: dict[Place, Tip]
    names: dict[Place, dict[str, object]]

    def actor(self, role: Role) -> Actor:
        return {A: self.cast.ada, E: self.cast.alice, R: self.cast.bob, V: self.cast.dave}[role]

    def sees(self, role: Role, place: Place) -> bool:
        if role is A or place is Place.RESTRICTED:
            return False
        return role is E or place is Place.OWN


# Parts of an address that say which tip is meant: who can't see it gets 404.
OF_A_TIP = {
    "tip_id", "message_id", "file_id", "outgoing_id", "event_id", "ledger_id", "publication_id", "task_id",
    "contact_id", "tag_id", "quote_id",
}  # fmt: skip
# Of a callout: who is not on its team gets 404. On the own one restricted tips are left out.
OF_A_TEAM = {
    "results.index", "results.question", "results.tips", "results.export", "saved_replies.edit", "saved_replies.remove",
    "visibility_preview.look",
}  # fmt: skip


@pytest.fixture
def world(session: Session, cast: Cast) -> World:
    tips, names = {}, {}
    mailbox = Mailbox(name="tips", created_at=now())
    session.add(mailbox)
    session.flush()
    epoch = Epoch(mailbox_id=mailbox.id, folder="INBOX", uidvalidity=1, created_at=now())
    session.add(epoch)
    sessions.start(session, cast.carol.account_id, "Carol's own")
    session.flush()
    carols = session.scalars(select(LoginSession)).one().id
    carols_view = views.save(session, "Carol's own", "tag:visa", cast.carol).id
    questions = {callout_id: _question(session, callout_id) for callout_id in (cast.borders, cast.overtime)}
    change = BulkChange(account_id=cast.carol.account_id, steps=[["status", "closed"]], started_at=now())
    own = Macro(account_id=cast.carol.account_id, name="Mine", steps=[["status", "closed"]])
    shared = Macro(account_id=cast.carol.account_id, name="Ours", steps=[["tag", "ours"]], shared=True)
    reason = Reason(status=Status.USED, name="In print")
    session.add_all([change, own, shared, reason])
    session.flush()
    for place in Place:
        callout_id = cast.overtime if place is Place.OTHER else cast.borders
        tip = make_tip(session, callout_id, TITLES[place], restricted=place is Place.RESTRICTED)
        ledger = _ledger(session, epoch, tip, place)
        message = say(session, tip, "One more", ledger_id=ledger.id)
        event = events.record(
            session, Verb.STATUS, by=cast.alice, tip_id=tip.id, before=Status.REVIEWING, after=Status.NEW
        )
        session.flush()
        tips[place] = tip
        names[place] = {
            "tip_id": tip.id,
            "message_id": message.id,
            "file_id": _file(session, tip, message).id,
            "twin_id": _twin(session, tip),
            "highlight_id": highlights.mark(session, message.id, 0, "more", cast.alice).id if not tip.restricted else 0,
            "outgoing_id": _reply(session, tip).id,
            "event_id": event.id,
            "ledger_id": ledger.id,
            "callout_id": callout_id,
            "question_id": questions[callout_id],
            "account_id": cast.carol.account_id,
            "session_id": carols,
            "view_id": carols_view,
            "slug": "overtime" if place is Place.OTHER else "borders",
            "token": "unknown",
            "filename": "base.css",
            "version": "0",
            "name": "keys.js",
            "turn": "pause",
            "publication_id": _publication(session, tip).id,
            "language": "en",
            "field": "verification",
            "tag_id": _tag(session, tip, place),
            "change_id": change.id,
            "macro_id": own.id,
            "shared_macro_id": shared.id,
            "reason_id": reason.id,
            "step": "unpublish",
            "topic": "day",
            **rights_of_work.names(session, tip, cast.carol),
        }
    session.commit()
    return World(cast, tips, names)


def _question(session: Session, callout_id: int) -> int:
    row = Question(callout_id=callout_id, position=0, kind=QuestionKind.LONG)
    session.add(row)
    session.flush()
    assert row.id is not None
    session.add(QuestionText(question_id=row.id, language="en", wording="What happened?"))
    return row.id


def _tag(session: Session, tip: Tip, place: Place) -> int | None:
    """A tag on this tip alone."""
    tag = Tag(name=f"tag-{place}", folded=f"tag-{place}")
    session.add(tag)
    session.flush()
    assert tip.id is not None and tag.id is not None
    session.add(TipTag(tip_id=tip.id, tag_id=tag.id))
    return tag.id


def _ledger(session: Session, epoch: Epoch, tip: Tip, place: Place) -> Ledger:
    assert epoch.id is not None
    row = Ledger(id=new_id(), epoch_id=epoch.id, key=place, state=LedgerState.QUARANTINED, discovered_at=now())
    row.tip_id = tip.id
    session.add(row)
    session.flush()
    key = vault.new_key(session)
    session.flush()
    sealed = seal(key, b"Subject: hello\r\n\r\nHello", f"raw_mail:{row.id}:content")
    session.add(RawMail(ledger_id=row.id, key_id=key.id, content=sealed))
    return row


def _file(session: Session, tip: Tip, message: Message) -> StoredFile:
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
        "78da63f8ffff3f0005fe02fe0dc18a0000000049454e44ae426082"
    )
    assert tip.id is not None
    file_id = files.keep(session, tip.id, message.id, Attachment("photo.png", picture, "image/png"))
    return session.get_one(StoredFile, file_id)


def _publication(session: Session, tip: Tip) -> Publication:
    """One that is not public: strangers find none of the titles."""
    row = Publication(callout_id=tip.callout_id, tip_id=tip.id or 0, text=tip.title, changed_at=now())
    session.add(row)
    session.flush()
    return row


def _twin(session: Session, tip: Tip) -> int:
    """Another tip of the same reader."""
    other = make_tip(session, tip.callout_id, tip.title, restricted=tip.restricted)
    other.reader_id = tip.reader_id
    session.flush()
    return other.id or 0


def _reply(session: Session, tip: Tip) -> Outgoing:
    message = say(session, tip, "Our answer", direction="out")
    row = Outgoing(id=new_id(), message_id=message.id, tip_id=tip.id or 0, state=SendState.QUEUED, not_before=now())
    session.add(row)
    session.flush()
    return row


def rules(app: Flask, endpoint: str) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules(endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def ask(app: Flask, rule: Rule, method: str, place: Place, world: World, client: Browser) -> TestResponse:
    right, names = RIGHTS[rule.endpoint], world.names[place]
    with app.test_request_context():
        url = app.url_map.bind("localhost").build(rule.endpoint, {name: names[name] for name in rule.arguments})
    form = {key: value.format(**names) for key, value in right.form.items()}
    answer = client.open(url, method=method, data=form if method == "POST" else None)
    answer.get_data()  # a file that is streamed is closed by this
    answer.close()
    return answer


def test_every_route_is_listed_and_every_listed_route_exists(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert routes - set(RIGHTS) == set(), "give each a line in RIGHTS"
    assert set(RIGHTS) - routes == set(), "take these lines out of RIGHTS"


def test_a_stranger_gets_public_pages_only(app: Flask, world: World) -> None:
    for endpoint in sorted(RIGHTS):
        for rule, method in rules(app, endpoint):
            client = app.test_client()
            assert isinstance(client, Browser)
            answer = ask(app, rule, method, Place.OWN, world, client)
            where = f"{method} {rule}: {answer.status}"
            if RIGHTS[endpoint].public:
                assert answer.status_code not in (401, 403) and answer.status_code < 500, where
            elif method == "GET":
                assert answer.status_code == 303 and str(answer.location).startswith("/login?next="), where
            else:
                assert answer.status_code == 401, where
            assert not any(title.encode() in answer.data for title in TITLES.values()), where


@pytest.mark.parametrize("endpoint", sorted(name for name, right in RIGHTS.items() if not right.public))
def test_a_role_gets_what_is_its_own(app: Flask, world: World, endpoint: str) -> None:
    for role in Role:
        for place in Place:
            for rule, method in rules(app, endpoint):
                client = sign_in(app.test_client(), world.actor(role))
                assert isinstance(client, Browser)
                renew(app, endpoint, place, world, role)
                answer = ask(app, rule, method, place, world, client)
                where = f"{role}, {place}: {method} {rule}: {answer.status} {answer.location or ''}"
                check(endpoint, rule, role, place, world, answer, where)


def renew(app: Flask, endpoint: str, place: Place, world: World, role: Role) -> None:
    """What the press before has taken away is there again."""
    if endpoint not in rights_of_work.TAKEN_AWAY:
        return
    name, make = rights_of_work.TAKEN_AWAY[endpoint]
    with app.extensions["tipline"].database.writing() as session:
        world.names[place][name] = make(session, session.get_one(Tip, world.tips[place].id), world.actor(role))
        session.commit()


def hidden(endpoint: str, rule: Rule, role: Role, place: Place, world: World) -> bool:
    if endpoint in OF_A_TEAM:
        return place is Place.OTHER and role is not E
    return bool(OF_A_TIP & rule.arguments) and not world.sees(role, place)


def check(endpoint: str, rule: Rule, role: Role, place: Place, world: World, answer: TestResponse, where: str) -> None:
    right = RIGHTS[endpoint]
    if endpoint == "inbox.index" and role is A:
        assert (answer.status_code, answer.location) == (303, "/desk/people"), where
    elif role not in right.roles:
        assert answer.status_code == 403, where
    elif right.nobodys or hidden(endpoint, rule, role, place, world):
        assert answer.status_code == 404, where
    else:
        assert answer.status_code in (200, 204, 303, 409, 422), where
        assert not str(answer.location).startswith("/login") or endpoint == "auth.logout", where
    for other in Place:
        if not world.sees(role, other):
            assert TITLES[other].encode() not in answer.data, f"{where} shows {other}"


@pytest.mark.parametrize("place", [Place.OTHER, Place.RESTRICTED])
def test_a_list_of_ids_changes_nothing_that_one_does_not_see(
    app: Flask, world: World, database: Database, place: Place
) -> None:
    client = sign_in(app.test_client(), world.cast.bob)
    client.post("/desk/bulk", data={"tip": str(world.tips[place].id), "status": "closed"})
    with database.reading() as session:
        assert session.get_one(Tip, world.tips[place].id).status == Status.NEW


def test_a_view_declares_the_roles_that_are_listed(app: Flask) -> None:
    from tipline.web.guards import access_of

    for endpoint, right in RIGHTS.items():
        declared = access_of(app, endpoint)
        if right.public:
            assert declared == "public", endpoint
        else:
            assert (declared or frozenset(Role)) == right.roles, endpoint
