"""A reader's name, address, phone and signature stand in every text, and a viewer visits every page of the desk."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlmodel import Session, col, select
from werkzeug.routing import Rule

from tests.arrivals import mail
from tests.core.making import make_tip, say
from tests.fixtures_web import Browser, sign_in
from tests.web.rights import RIGHTS, V
from tests.web.test_rights import Place, World, rules, world
from tipline.core import intake, readers, search, triage, vault
from tipline.core.inbox import views
from tipline.core.readers.redaction import MASK
from tipline.core.tips import highlights
from tipline.db import now
from tipline.models import (
    Answer,
    Checklist,
    ContactEntry,
    ContactWay,
    Fact,
    FactState,
    FactType,
    Follower,
    IdentityAnswer,
    Macro,
    Message,
    Publication,
    Question,
    QuestionKind,
    Reader,
    SavedReply,
    StoredFile,
    Task,
    Tip,
    TipLink,
    Translation,
)
from tipline.sealing import new_id

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
__all__ = ["world"]

NAME, ADDRESS, PHONE = "Quixana Zebedrova", "quixana@hidden.example", "+44 20 7946 0958"
SIGNATURE = "The Zebedrova Bakery, Wharf 9"
FLAT, FRIEND = "Flat 12, Cistern Lane", "+49 30 9018 2055"  # what answers to questions say
SAID = (
    f"This is {NAME} ({ADDRESS}, {PHONE}).\n{SIGNATURE}\nDear Quixana Z., 7946 0958 and zebedrova\n"
    f"I live at {FLAT}; call my sister, {FRIEND}."
)
CANARIES = ("quixana", "zebedrova", "hidden.example", "7946", "wharf 9", "cistern", "2055")


@pytest.fixture
def told(session: Session, world: World) -> World:
    """The own tip's reader is the canary, and stands in every text of it."""
    tip = session.get_one(Tip, world.tips[Place.OWN].id)
    arrival = mail("Where I am from.", callout_id=tip.callout_id, sender=ADDRESS, name=NAME, signature=SIGNATURE)
    first = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    reader = session.get_one(Reader, first.reader_id)
    readers.add_contact(session, readers.key_of(session, reader), readers.ContactKind.PHONE, PHONE)
    names, bob = world.names[Place.OWN], world.cast.bob
    for one in session.scalars(select(Tip).where(col(Tip.reader_id) == tip.reader_id)).all():
        one.reader_id, one.title, one.excerpt = first.reader_id, f"{NAME} is stuck", SAID
    answered(session, tip, first.reader_id)
    first.title, first.may_belong_to = f"From {NAME}", tip.id
    write(session, tip, world)
    other = session.get_one(Tip, names["twin_id"])
    session.add(
        TipLink(tip_id=min(tip.id, other.id), other_id=max(tip.id, other.id), made_by=bob.account_id, created_at=now())
    )
    session.flush()
    names_of_work(session, world)
    clustered(session, tip)
    for one in (tip, other, first):
        search.put(session, one.id or 0)
    session.commit()
    return world


def answered(session: Session, tip: Tip, reader_id: int) -> None:
    """Answers that tell who the reader is: one to a question about that, and one to a question of its kind."""
    who = Question(callout_id=tip.callout_id, position=1, kind=QuestionKind.SHORT, identity=True)
    phone = Question(callout_id=tip.callout_id, position=2, kind=QuestionKind.PHONE)
    session.add_all((who, phone))
    session.flush()
    key = vault.key(session, session.get_one(Reader, reader_id).key_id)
    row = IdentityAnswer(
        id=new_id(), tip_id=tip.id, reader_id=reader_id, question_id=who.id, wording="Where?", value=b""
    )
    row.value = vault.seal_text(key, FLAT, f"identity_answer:{row.id}:value")
    session.add(row)
    session.add(Answer(id=new_id(), tip_id=tip.id, question_id=phone.id, position=2, wording="Who else?", value=FRIEND))


def write(session: Session, tip: Tip, world: World) -> None:
    """Every kind of text that a tip has."""
    tip_id, bob, at = tip.id or 0, world.cast.bob, now()
    names = world.names[Place.OWN]
    for message in session.scalars(select(Message).where(col(Message.tip_id) == tip_id)).all():
        message.subject, message.text, message.quoted = f"From {NAME}", SAID, SAID
        session.add(message)
        session.add(
            Translation(message_id=message.id, language="en", text=SAID, author_id=bob.account_id, changed_at=at)
        )
    session.flush()
    highlights.mark(session, int(str(names["message_id"])), SAID.index(NAME), NAME, bob)
    question_id = int(str(names["question_id"]))
    session.add(
        Answer(id=new_id(), tip_id=tip_id, question_id=question_id, position=0, wording="Who?", value=f"{SAID} answer")
    )
    triage.note(session, tip_id, SAID, bob)
    session.add(
        ContactEntry(
            tip_id=tip_id, author_id=bob.account_id, way=ContactWay.CALL, outcome=NAME, text=SAID, at=at, created_at=at
        )
    )
    for row in session.scalars(select(Task).where(col(Task.tip_id) == tip_id)).all():
        row.text = SAID[:200]
    for kind in session.scalars(select(FactType)).all():
        fact = Fact(
            tip_id=tip_id, type_id=kind.id or 0, value=NAME, folded=NAME.casefold(), state=FactState.CONFIRMED,
            created_at=at,
        )  # fmt: skip
        session.add(fact)
    for file in session.scalars(select(StoredFile).where(col(StoredFile.tip_id) == tip_id)).all():
        file.name = f"{NAME}.png"
    for chosen in session.scalars(select(Publication).where(col(Publication.tip_id) == tip_id)).all():
        chosen.text, chosen.attribution = SAID, NAME
    follows = [Follower(account_id=world.cast.dave.account_id, tip_id=tip_id, since=at, news_id=1)]
    session.add_all(one for one in follows if session.get(Follower, (one.account_id, tip_id)) is None)
    session.flush()


def names_of_work(session: Session, world: World) -> None:
    """What reporters name after a reader for themselves, and share: views, macros, saved replies."""
    bob, named = world.cast.bob, f"Dear {NAME}, {PHONE}"
    views.save(session, NAME, "tag:visa", bob, shared=True)
    views.save(session, f"{NAME} here", ADDRESS, bob, shared=True)
    views.save(session, f"{NAME} too", f"status:any {NAME}", bob, shared=True)
    session.add(Macro(account_id=bob.account_id, name=NAME, steps=[["reply", named]], shared=True))
    session.add(Checklist(name=NAME, steps=[named]))
    reply = SavedReply(
        name=NAME, text=named, callout_id=world.tips[Place.OWN].callout_id, made_by=bob.account_id, changed_at=now()
    )
    session.add(reply)


def clustered(session: Session, tip: Tip) -> None:
    """Copies of one template, each with the name in it."""
    others = [make_tip(session, tip.callout_id, f"Copy {n}") for n in range(3)]
    for n, other in enumerate(others):
        other.excerpt = say(session, other, f"{SAID} copy {n}").text
        other.reader_id = tip.reader_id
    for one in (tip, *others):
        one.cluster_id = tip.id
    session.flush()


def bodies(content: bytes) -> Iterator[str]:
    """What is in an answer, as it would be looked for; a spreadsheet is an archive."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode(errors="replace").lower()
    else:
        yield content.decode(errors="replace").lower()


def given_away(content: bytes) -> list[str]:
    return [canary for body in bodies(content) for canary in CANARIES if canary in body]


VARIANTS: dict[str, tuple[dict[str, str], ...]] = {
    "inbox.index": ({"tip": "{tip_id}"}, {"q": "status:any wharf"}, {"q": "is:pile"}),
    "search.offered": ({"q": "#{tip_id}"}, {"q": "{tip_id}"}, {"q": "fact:"}, {"q": "place:"}, {"q": "fact:place="}),
    "list_export.take": ({"form": "csv"}, {"form": "xlsx"}, {"form": "csv", "tip": "{tip_id}"}),
    "results.export": ({"form": "csv"}, {"form": "xlsx"}),
    "fact_page.export": ({"csv": "values"}, {"csv": "tips"}, {"form": "xlsx"}),
    "live.ask": ({"tip": "{tip_id}", "since": "-", "rows": "{tip_id}", "at": "0", "tip_at": "0"},),
}


def visits(app: Flask, world: World) -> Iterator[tuple[Rule, str, dict[str, str]]]:
    for endpoint, right in RIGHTS.items():
        if right.public or V not in right.roles or endpoint == "auth.logout":
            continue
        for rule, method in rules(app, endpoint):
            yield rule, method, {}
            for variant in VARIANTS.get(endpoint, ()):
                yield rule, method, {key: value.format(**world.names[Place.OWN]) for key, value in variant.items()}


def test_a_viewer_reads_on_no_page_who_a_reader_is(app: Flask, told: World) -> None:
    shown = 0
    for as_fragment in (False, True):
        for rule, method, fields in visits(app, told):
            client = sign_in(app.test_client(), told.actor(V))
            assert isinstance(client, Browser)
            names = told.names[Place.OWN]
            with app.test_request_context():
                parts = {name: names[name] for name in rule.arguments}
                url = app.url_map.bind("localhost").build(rule.endpoint, parts)
            data = {key: value.format(**names) for key, value in RIGHTS[rule.endpoint].form.items()} | fields
            answer = client.open(
                url,
                method=method,
                data=data if method == "POST" else None,
                query_string=fields if method == "GET" else None,
                headers={"HX-Request": "true"} if as_fragment else {},
            )
            content = answer.get_data()
            answer.close()
            assert answer.status_code < 500, f"{method} {rule}"
            assert given_away(content) == [], f"{method} {rule} {fields} {as_fragment}"
            shown += MASK.encode() in content
    assert shown > 10, "the pages show the texts all the same"


def test_who_may_open_identities_reads_everything(app: Flask, told: World) -> None:
    page = sign_in(app.test_client(), told.cast.bob).get(f"/desk/tips/{told.tips[Place.OWN].id}").text
    assert MASK not in page and all(canary in page.lower() for canary in CANARIES)
