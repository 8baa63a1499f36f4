"""What gives a reader away in a text, before it is published and on pages of people without identities."""

import pytest
from sqlalchemy import func, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.core.making import TODAY
from tests.fixtures_db import Cast, rows
from tipline.core import consent, intake, replies, triage
from tipline.core.arrival import Attachment, ConsentChoice
from tipline.core.consent import quotes
from tipline.core.inbox import snippets
from tipline.core.outgoing_mail import Sender
from tipline.core.readers import masking, redaction
from tipline.core.readers.redaction import IdentifyingValues, Kind, Trace
from tipline.core.results import gallery, publishing
from tipline.core.results.publishing import AnswerCut
from tipline.core.results.quote_sent import Unsent
from tipline.core.tip_page import sidebar
from tipline.core.triage import attachments
from tipline.db import Database
from tipline.errors import Refused, Unmasked
from tipline.models import Callout, Message, Tip

JOHN = IdentifyingValues(
    {"mateus carvalho"}, {"mateus@mail.example"}, {"+442079460958".strip("+")}, {"the carvalho bakery"}
)
WEI = IdentifyingValues({"欧阳小伟"}, set(), set(), set())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I am MATEUS CARVALHO.", "I am ███████████████."),
        ("Carvalho, Mateus", "████████████████"),
        ("Dear Matéus,", "Dear ██████,"),
        ("Dear Mateus C.,", "Dear █████████,"),
        ("Mateuses and a mateusa", "Mateuses and a mateusa"),
        ("write to Mateus@Mail.Example!", "write to ███████████████████!"),
        ("mateus (at) mail dot example", "████████████████████████████"),
        ("call 020 7946 0958", "call █████████████"),
        ("call +44 (0)20-7946-0958", "call ███████████████████"),
        ("call ０２０７９４６０９５８", "call ███████████"),
        ("on 2020 1946 0111", "on 2020 1946 0111"),
        ("Bye\nThe Carvalho Bakery", "Bye\n███████████████████"),
    ],
)
def test_names_addresses_and_phones_are_found_however_they_are_written(text: str, shown: str) -> None:
    assert JOHN.masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("She lives at Flat 12, Cistern Lane.", "She lives at █████████████████████."),
        ("passport E1234567!", "passport ████████!"),
        ("我住在浦东新区三号楼。", "我住在███████。"),
        ("Lisbon is a city", "Lisbon is a city"),
        ("Lisbon", "██████"),
    ],
)
def test_identity_answers_are_found_inside_lines_where_they_tell_enough(text: str, shown: str) -> None:
    known = IdentifyingValues()
    for answer in ("Flat 12, Cistern Lane", "E1234567", "浦东新区三号楼", "Lisbon"):
        redaction._learn_answer(known, answer)
    assert known.masked(text) == shown


def test_a_chinese_name_is_found_whole_and_by_its_given_name() -> None:
    assert WEI.masked("我叫欧阳小伟，大家叫我小伟。") == "我叫████，大家叫我██。"


def test_the_sign_off_is_no_part_of_the_words() -> None:
    assert JOHN.unsigned("My story.\n\nBest wishes,\nMateus") == "My story."
    assert JOHN.unsigned("Mateus") == "Mateus", "never nothing at all"


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    session.get_one(Callout, cast.borders).gallery = True
    text = "Mei Chen here: I am stuck in Shanghai.\nWill you help? Ask Mei.\n\nThanks,\nMei"
    arrival = mail(text, callout_id=cast.borders, subject="Mei Chen is stuck", signature="Chen & Sons Ltd")
    found = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    consent.change(session, found, ConsentChoice.ANONYMOUS, today=TODAY, withheld=())
    return found


def test_what_gives_a_reader_away_is_not_published_without_their_name(session: Session, cast: Cast, tip: Tip) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    where = tip.callout_id, row.id or 0
    assert not row.text.endswith("Mei"), "the sign-off is left out to begin with"
    everything = frozenset(("Mei Chen", "Mei"))
    for kept in (frozenset[str](), everything):
        with pytest.raises(Refused, match="gives the reader away"):
            publishing.publish(session, *where, cast.alice, kept)
    publishing.change(session, *where, AnswerCut("I am stuck. Ask Mei."), cast.alice, row.changed_at)
    with pytest.raises(Refused, match="gives the reader away"):
        publishing.publish(session, *where, cast.alice)
    publishing.publish(session, *where, cast.alice, frozenset({"Mei"}), Unsent.AGREED)
    with pytest.raises(Refused, match="gives the reader away"):  # what is public is checked again
        publishing.change(session, *where, AnswerCut("Chen & Sons Ltd"), cast.alice, row.changed_at)
    assert [one.text for one in gallery.page(session, tip.callout_id).answers] == ["I am stuck. Ask Mei."]


def test_a_reader_who_allows_their_name_is_named_where_it_is_confirmed(session: Session, cast: Cast, tip: Tip) -> None:
    consent.change(session, tip, ConsentChoice.NAME, today=TODAY, withheld=())
    row = publishing.choose(session, tip.id or 0, cast.alice)
    publishing.change(session, tip.callout_id, row.id or 0, AnswerCut("I am Mei Chen."), cast.alice, row.changed_at)
    with pytest.raises(Refused):
        publishing.publish(session, tip.callout_id, row.id or 0, cast.alice)
    publishing.publish(session, tip.callout_id, row.id or 0, cast.alice, frozenset({"Mei Chen"}), Unsent.AGREED)


def test_what_is_copied_for_print_holds_no_more_than_the_reader_allows(session: Session, cast: Cast, tip: Tip) -> None:
    anonymous = quotes.quote(session, tip.id or 0, cast.bob)
    assert anonymous.cut and "Mei" not in anonymous.text and "stuck in Shanghai" in anonymous.text
    consent.change(session, tip, ConsentChoice.NAME, today=TODAY, withheld=())
    named = quotes.quote(session, tip.id or 0, cast.bob)
    assert named.text.startswith("Mei Chen here") and not named.text.endswith("Mei") and named.name == "Mei Chen"


def test_no_reader_allows_their_address_or_phone() -> None:
    kinds = {
        kind: [publishing.may_keep(Trace(0, 1, kind, "x"), by_name=name) for name in (True, False)] for kind in Kind
    }
    assert kinds[Kind.ADDRESS] == kinds[Kind.PHONE] == [False, False]
    assert kinds[Kind.NAME] == kinds[Kind.SIGNATURE] == [True, False] and kinds[Kind.PART] == [True, True]


def test_a_viewer_reads_no_name_in_anything_written_about_a_tip(
    session: Session, cast: Cast, tip: Tip, database: Database
) -> None:
    tip_id = tip.id or 0
    replies.queue(session, tip_id, "Dear Mei C.,\nis it mei@mail.example?", cast.bob, Sender("M", "b@meridian.example"))
    note = triage.note(session, tip_id, "Mei Chen called", cast.bob)
    attachments.attach_to_note(session, note.id or 0, Attachment("Mei’s visa.png", b"x", "image/png"), cast.bob)
    session.commit()
    for by, there in ((cast.alice, True), (cast.dave, False)):
        with database.reading() as reading:
            masking.hide_from(reading, by)
            full = sidebar.sheet(reading, reading.get_one(Tip, tip_id), by, TODAY)
            said = [full.row.tip.title, *(e.message.text for e in full.entries if e.message)]
            said += [e.note.text for e in full.entries if e.note]
            said += [file.name for entry in full.entries for file in entry.files] + [file.name for file in full.files]
            found = snippets.of(reading, [reading.get_one(Tip, tip_id)], ["shanghai"], by).values()
            said += [segment.text for one in found for segment in one.segments]
        for canary in ("Mei", "mei@mail.example"):
            assert (canary in " ".join(said)) is there, (by.name, canary)


def test_every_way_to_select_a_text_is_masked_or_refused(session: Session, tip: Tip, database: Database) -> None:
    session.commit()
    title, masked, text = col(Tip.title), "████████ is stuck", col(Message.text)
    with database.reading() as reading:
        masking.hide(reading)
        assert reading.scalars(select(title)).all() == [masked]
        assert reading.execute(select(title, col(Tip.id))).all() == [(masked, tip.id)]
        assert reading.execute(select(func.upper(title), col(Tip.language))).all() == [(masked.upper(), "en")]
        assert reading.execute(select(title, func.count()).group_by(title)).all() == [(masked, 1)]
        found = reading.execute(select(title, text).join(Message, col(Message.tip_id) == col(Tip.id))).one()
        assert found[0] == masked and "Mei" not in found[1] and len(found) == 2
        assert reading.get_one(Tip, tip.id).title == masked
        row = reading.scalars(select(Tip)).one()
        reading.refresh(row)
        assert row.title == masked, "also when it is read anew"
        other = aliased(Tip)
        assert reading.scalars(select(other)).one().title == masked
        within = select(title.label("said")).subquery()
        for refused in (select(title).distinct(), select(within.c.said), union_all(select(title), select(text))):
            with pytest.raises(Unmasked):
                reading.execute(refused).all()


def test_what_is_masked_is_never_written(session: Session, tip: Tip, database: Database) -> None:
    session.commit()
    with database.writing() as writing:
        masking.hide(writing)
        row = writing.get_one(Tip, tip.id)
        writing.commit()
        row.title = row.title + "!"
        with pytest.raises(Unmasked):
            writing.commit()
    assert [one.title for one in rows(database, Tip)] == ["Mei Chen is stuck"]
