"""Words of what is sealed, in the index: found by those who may, and read by nobody without the key."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from tests.arrivals import mail
from tests.core.making import TODAY, attach, make_tip, say
from tests.core.search.test_search import found
from tests.fixtures_db import KEY, Cast, make_cast
from tests.test_migrations import empty
from tipline.core import inbox, intake, readers, search, vault
from tipline.core.access import Actor
from tipline.core.arrival import Arrival
from tipline.core.filters import Filters
from tipline.core.inbox import snippets
from tipline.core.search import keyed_tokens
from tipline.db import Database, is_sqlite
from tipline.models import Direction, Reader, Tip
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles
from tipline.vocabularies import Source

__all__ = ["empty"]  # a fixture

CANARIES = ("canarybird", "Zwitscher", "金丝雀歌")
IN_CLEAR = ("canarybird", "zwitscher", "金丝", "丝雀", "雀歌")


def listed(session: Session, typed: str, by: Actor) -> list[int | None]:
    page = inbox.page(session, Filters.parse(typed), by, TODAY)
    assert page.count == len(page.rows)
    return [row.tip.id for row in page.rows]


def called(session: Session, tip: Tip, name: str) -> None:
    reader = session.get_one(Reader, tip.reader_id)
    readers.learn(session, reader, Arrival(Source.FORM, "", tip.received_at, reader_name=name))
    session.flush()
    session.expire_all()


def indexed(session: Session) -> None:
    while search.refresh(session):
        pass


def everything(engine: Engine, folder: Path) -> str:
    """All that whoever takes the database away can read of its index."""
    if is_sqlite(engine):
        engine.dispose()
        files = [Path(f"{engine.url.database}{end}") for end in ("", "-wal")]
        return "".join(file.read_bytes().decode("utf-8", "replace") for file in files if file.exists())
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT document::text FROM search_document")).scalars()
        stats = connection.execute(text("SELECT most_common_elems::text FROM pg_stats")).scalars()
        return "".join([*rows, *(one or "" for one in stats)])


def test_a_word_inside_a_file_stands_nowhere_in_the_clear(empty: Engine, tmp_path: Path) -> None:
    migrate(empty)
    database = Database(empty, Master(KEY), LocalFiles(tmp_path / "files"))
    with database.writing() as session:
        tip = make_tip(session, make_cast(session).borders, "My story")
        attach(session, tip, "a.pdf", " ".join(CANARIES))
        called(session, tip, "Canarybird Zwitscher")
        indexed(session)
        session.commit()
    there = everything(empty, tmp_path)
    assert [word for word in IN_CLEAR if word in there.lower()] == []


def test_the_index_tells_neither_order_nor_how_often(session: Session, cast: Cast) -> None:
    master = vault.master(session)

    def of(texts: list[str], by: Master = master) -> str:
        return keyed_tokens.stream(keyed_tokens.tokens(by, texts, keyed_tokens.INSIDE))

    there = of(["one two one three", "two"]).split()
    assert there == sorted(set(there)) == of(["three two one"]).split()
    assert of(["one two three"], Master(b"k" * 32)).split() != there


def test_a_word_of_a_reply_does_not_tell_which_files_hold_it(session: Session, cast: Cast) -> None:
    """Replies lie in the clear: whoever has the database compares them with their tokens."""
    master = vault.master(session)
    tokens = [
        keyed_tokens.tokens(master, ["the same words"], kinds)
        for kinds in (keyed_tokens.INSIDE, keyed_tokens.REPLIED, keyed_tokens.SAID)
    ]
    assert len(set().union(*tokens)) == sum(map(len, tokens))
    assert not keyed_tokens.called(master, ["the same words"]) & set().union(*tokens)


def test_a_phrase_inside_a_file_is_found_by_its_words_in_any_order(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "My story")
    attach(session, tip, "a.pdf", "the landlord kept our deposit, 押金没有退")
    for typed in ('"deposit landlord"', '"our deposit"', "押金没有", "押金", "退", "deposits"):
        assert found(session, typed, cast.bob) == [tip.id] and found(session, typed, cast.dave) == [], typed
    for typed in ('"our landlords"', "金押", "depo"):
        assert found(session, typed, cast.bob) == [], typed


@pytest.mark.parametrize("typed", ["Chloé", "chloe", "DUPONT", "name:Chloé", 'name:"chloe dupont"', "chloe dupont"])
def test_a_reader_is_found_by_name_by_those_who_open_identities(session: Session, cast: Cast, typed: str) -> None:
    tip, written = make_tip(session, cast.borders, "My story"), make_tip(session, cast.borders, "I met Chloé Dupont", 1)
    hidden = make_tip(session, cast.borders, "Hidden", 2, restricted=True)
    theirs = make_tip(session, cast.overtime, "Others", 3)
    for one in (tip, hidden, theirs):
        called(session, one, "Chloé Dupont")
    indexed(session)
    story = [written.id] if "name:" not in typed else []
    assert listed(session, typed, cast.bob) == [*story, tip.id]
    assert listed(session, typed, cast.alice) == [theirs.id, *story, tip.id]
    assert listed(session, typed, cast.dave) == story
    assert listed(session, typed, cast.ada) == []


def test_chinese_names_are_found_as_a_whole_and_by_pairs(session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders, "故事", n) for n in range(2)]
    for tip, name in zip(tips, ("歐陽小明", "李 伟"), strict=True):
        called(session, tip, name)
    indexed(session)
    for typed in ("欧阳小明", "歐陽", "小明", "name:小明"):
        assert listed(session, typed, cast.bob) == [tips[0].id], typed
        assert listed(session, typed, cast.dave) == [], typed
    assert listed(session, "李伟", cast.bob) == [tips[1].id] and listed(session, "name:明", cast.bob) == []


def test_no_beginning_of_a_name_and_no_initial_finds_a_reader(session: Session, cast: Cast) -> None:
    called(session, make_tip(session, cast.borders, "My story"), "Chloé Dupont")
    indexed(session)
    for typed in ("Chl", "D", "name:D", "name:Dup", "name:Other"):
        assert listed(session, typed, cast.bob) == [], typed


def test_what_we_replied_is_found_by_all_who_read_it_and_the_name_in_it_by_those_who_may(
    session: Session, cast: Cast
) -> None:
    tip = make_tip(session, cast.borders, "My story")
    called(session, tip, "Mateus Carvalho")
    author = {"direction": Direction.OUT, "author_id": cast.bob.account_id}
    say(session, tip, "Dear Mateus C., could you send the boarding pass? 登机牌", **author)
    say(session, tip, "Thank you, acknowledged", direction=Direction.OUT)
    indexed(session)
    for typed in ("boarding passes", "登机", '"boarding"', "story boarding", "nothing OR boarding"):
        assert listed(session, typed, cast.bob) == listed(session, typed, cast.dave) == [tip.id], typed
    for typed in ("mateus", "dear mateus", "boarding carvalho", "name:mateus"):
        assert listed(session, typed, cast.bob) == [tip.id] and listed(session, typed, cast.dave) == [], typed
    for by in (cast.bob, cast.dave):
        assert listed(session, "acknowledged", by) == [] == listed(session, "story -boarding", by)
        assert snippets.of(session, [tip], ["boarding"], by)[tip.id or 0].where == "reply"


def test_a_name_leaves_the_index_with_its_tip(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "My story")
    called(session, tip, "Chloé Dupont")
    indexed(session)
    session.delete(tip)
    session.flush()
    assert found(session, "dupont", cast.bob, names=()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["Quixana", '"Quixana Zebedrova"', "quixana@hidden.example", "hidden", "7946"])
def test_a_search_does_not_tell_a_viewer_who_a_reader_is(session: Session, cast: Cast, typed: str) -> None:
    said = "Dear all, I am Quixana Zebedrova, quixana@hidden.example, +44 20 7946 0958. The bridge is shut."
    arrival = mail(said, callout_id=cast.borders, sender="quixana@hidden.example", name="Quixana Zebedrova")
    first = intake.receive(session, replace(arrival, reader_phone="+44 20 7946 0958")).tip_id
    other = make_tip(session, cast.borders, f"Dear all, I met {typed} at the bridge").id
    session.commit()
    for fresh in (True, False):
        assert set(listed(session, typed, cast.bob)) == {first, other}, fresh
        assert listed(session, typed, cast.dave) == [other], "a hit would confirm what is masked"
        assert set(listed(session, "dear bridge", cast.dave)) == {first, other}
        assert listed(session, f"bridge -{typed}", cast.dave) == [first], "as if it did not stand there"
        assert listed(session, f"bridge -{typed}", cast.bob) == []
        search.later(session)
        indexed(session)


def test_a_name_that_is_learned_later_leaves_a_viewers_search(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "我叫欧阳小伟，人在桥上。")
    assert listed(session, "小伟", cast.dave) == [tip.id]
    called(session, tip, "欧阳小伟")
    indexed(session)
    assert listed(session, "小伟", cast.dave) == listed(session, "伟", cast.dave) == []
    assert listed(session, "桥上", cast.dave) == [tip.id] == listed(session, "小伟", cast.bob)
