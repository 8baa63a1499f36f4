"""A callout's mail door with real servers on both sides: a story in, the questions out, the answers under them."""

from email import message_from_bytes
from email.message import Message as Mail
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from tests.core.asking import OURS, between, make_callout, written
from tests.core.intake.test_mail_answers import ATTRIBUTION, NETEASE, OUTLOOK, QQ, READ, READ_ZH, SAID, SAID_ZH
from tests.fixtures_db import Cast
from tests.jobs.test_outbox import inbox, job, worker
from tests.journeys.house import letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core.outgoing_mail import question_words
from tipline.db import Database, now
from tipline.models import Answer, Consent, Mailbox, Message, Question, Tip
from tipline.vocabularies import ConsentChoice, Source
from tipline.worker import Job

GMAIL_ZH = "2021年8月3日，The Meridian <rail@meridian.example> 写道：\n\n"
STYLES = {
    "gmail@reader.example": ("We are stuck in Wuhan.", SAID, READ, ATTRIBUTION, "> "),
    "outlook@reader.example": ("They sent us back.", SAID, READ, "My answers are below.\n" + OUTLOOK, ""),
    "gmail-zh@reader.example": ("我们一家人已经被困在武汉很久了。", SAID_ZH, READ_ZH, GMAIL_ZH, "> "),
    "qq@reader.example": ("我和孩子分开了，没有人告诉我们什么时候可以回家。", SAID_ZH, READ_ZH, "答案在下面" + QQ, ""),
    "netease@reader.example": ("他们把我们送回去了，我们不知道该怎么办。", SAID_ZH, READ_ZH, "见下" + NETEASE, ""),
}  # fmt: skip


@pytest.mark.timeout(120)
def test_mail_in_questions_out_answers_under_them_in_every_style(
    database: Database, cast: Cast, dovecot: Dovecot, smtp: Smtp
) -> None:
    user = f"door-{uuid4().hex[:8]}"
    with database.writing() as session:
        rail = make_callout(session, cast).id
        session.commit()
    house = worker(database, smtp.port, inbox(dovecot, user, sent_folder=""))
    poll, outbox = job(house, "mailbox tips"), job(house, "outbox")
    run_all(poll, outbox)
    with database.writing() as session:  # connected a while ago: what comes now is news
        session.execute(update(Mailbox).values(created_at=now().replace(year=2020)))
        session.commit()
    for sender, (story, *_) in STYLES.items():
        dovecot.append(user, story_of(sender, story))
    run_all(poll, outbox)
    for sent in smtp.wait(len(STYLES)):
        questions = message_from_bytes(sent.raw)
        _, said, _, history, mark = STYLES[str(questions["To"])]
        reply = history + between(text_of(questions), said, mark)
        to = str(questions["Reply-To"] or questions["From"])
        message_id = str(questions["Message-ID"]).strip("<>")
        dovecot.append(user, written(message_id, reply, sender=str(questions["To"]), to=to))
    run_all(poll, outbox)
    with database.reading() as session:
        tips = session.scalars(select(Tip).order_by(col(Tip.id))).all()
        assert [tip.callout_id for tip in tips] == [rail] * len(STYLES)
        for tip, (_, _, read, _, _) in zip(tips, STYLES.values(), strict=True):
            query = select(col(Question.position), col(Answer.value)).join(Answer)
            found = {at + 1: value for at, value in session.execute(query.where(col(Answer.tip_id) == tip.id))}
            assert found == read
            assert tip.consent is ConsentChoice.ASK
        languages = {entry.language for entry in session.scalars(select(Consent)) if entry.source is Source.MAIL}
        assert languages == {"en", "zh_Hans"}
        assert len(session.scalars(select(Message)).all()) == 3 * len(STYLES)


def run_all(*jobs: Job) -> None:
    for one in jobs:
        while one.run():
            pass


def story_of(sender: str, text: str) -> bytes:
    mail = letter(f"Mei <{sender}>", "Stranded", text)
    mail.replace_header("To", OURS)
    return mail.as_bytes()


def text_of(sent: Mail) -> str:
    body = sent.get_payload(decode=True)
    assert isinstance(body, bytes)
    text = body.decode().replace("\r\n", "\n")
    assert any(question_words.in_language(language).intro in text for language in ("en", "zh_Hans"))
    return text.rstrip("\n")
