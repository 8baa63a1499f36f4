"""A callout that asks by mail, its acknowledgement, and replies to it as mail programs write them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sqlmodel import Session, col, select

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import callouts, intake
from tipline.core.callouts import CalloutDraft, CalloutTexts, QuestionDraft, QuestionTexts
from tipline.core.callouts.questions import AskIf
from tipline.core.intake import Filed
from tipline.core.outgoing_mail import auto_replies
from tipline.core.outgoing_mail.auto_replies import AutoReply, AutoReplySettings
from tipline.db import now
from tipline.mail import parse
from tipline.models import Callout, Epoch, Ledger, LedgerState, Mailbox, Message, QuestionKind, Tip
from tipline.sealing import new_id

OURS = "rail@meridian.example"
DOOR = AutoReplySettings("The Meridian", "tips@meridian.example", frozenset({OURS}), url="https://meridian.example")


def asked(
    kind: QuestionKind,
    en: str,
    zh: str,
    options: Sequence[tuple[str, str]] = (),
    *,
    required: bool = False,
    **more: object,
) -> QuestionDraft:
    texts = {
        "en": QuestionTexts(en, options=[one for one, _ in options]),
        "zh_Hans": QuestionTexts(zh, options=[two for _, two in options]),
    }
    return replace(QuestionDraft(None, kind, required, False, texts), **more)  # type: ignore[arg-type]


QUESTIONS = [
    asked(QuestionKind.LONG, "What happened?", "发生了什么？", required=True),
    asked(QuestionKind.NUMBER, "How many days have you been waiting?", "您等了多少天？", least=0, most=900),
    asked(QuestionKind.YES_NO, "Are you separated from your children?", "您和孩子分开了吗？"),
    asked(QuestionKind.DATE, "When did you last see them?", "您最后一次见到他们是哪天？", ask_if=AskIf(2, (0,))),
    asked(
        QuestionKind.SEVERAL,
        "How did you try to travel?",
        "您试过怎么走？",
        [("By plane", "飞机"), ("By train", "火车"), ("On foot, or by bus", "步行或巴士")],
    ),
    asked(QuestionKind.SHORT, "Which city are you in?", "您在哪座城市？"),
    asked(QuestionKind.SHORT, "What is your passport number?", "您的护照号码？", identity=True),
    asked(QuestionKind.FILE, "Photos", "照片"),
]


@dataclass
class Conversation:
    """A reader's story, and our acknowledgement of it."""

    tip: Tip
    callout: Callout
    sent: Message
    message_id: str


def make_callout(session: Session, cast: Cast) -> Callout:
    texts = {"en": CalloutTexts("Rail"), "zh_Hans": CalloutTexts("铁路")}
    draft = CalloutDraft(
        "rail", ["en", "zh_Hans"], OURS, None, texts, QUESTIONS, acknowledge=True, ask_by_mail=True
    )  # fmt: skip
    made = callouts.create(session, draft, cast.alice)
    return callouts.open_(session, made.id or 0, cast.alice)


def converse(session: Session, callout: Callout, language: str = "en") -> Conversation:
    """Mei writes, and gets the questions."""
    epoch = _epoch(session)
    at = now() - timedelta(minutes=1)
    arrival = mail("I have been stuck since January.", callout_id=callout.id, language=language, to=OURS)
    assert arrival.headers is not None
    arrival = replace(arrival, received_at=at, headers=replace(arrival.headers, date=at, message_id=f"{new_id()}@x"))
    row = Ledger(
        id=new_id(), epoch_id=epoch, key=str(new_id()), state=LedgerState.STORED, discovered_at=now(), flags=[]
    )  # fmt: skip
    session.add(row)
    session.flush()
    filed = intake.receive(session, arrival, ledger_id=row.id)
    (out,) = auto_replies.answer(session, [AutoReply(filed.tip_id, row.id, arrival)], DOOR)
    sent = session.get_one(Message, out.message_id)
    return Conversation(session.get_one(Tip, filed.tip_id), callout, sent, out.mail_message_id)


def _epoch(session: Session) -> int:
    found = session.exec(select(col(Epoch.id))).first()
    if found is not None:
        return found
    box = Mailbox(name="rail", created_at=now() - timedelta(days=1), compared_at=now())
    session.add(box)
    session.flush()
    epoch = Epoch(mailbox_id=box.id or 0, folder="INBOX", uidvalidity=7, created_at=now() - timedelta(days=1))
    session.add(epoch)
    session.flush()
    return epoch.id or 0


def reply(
    session: Session,
    to: Conversation,
    text: str,
    *,
    sender: str = "mei@mail.example",
    html: str = "",
    confirmed: bool | None = True,
) -> Filed:
    """Mei's program sends this back; `confirmed` is what our mail server says of her address."""
    arrival = parse.arrival(written(to.message_id, text, sender=sender, html=html))
    return intake.receive(session, replace(arrival, sender_confirmed=confirmed))


def written(message_id: str, text: str, *, sender: str = "mei@mail.example", to: str = OURS, html: str = "") -> bytes:
    """The bytes of a reply to a mail of ours."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"Mei Chen <{sender}>", to, "Re: We have your message"
    message["Date"], message["Message-ID"] = format_datetime(now()), f"<{new_id()}@mail.example>"
    message["In-Reply-To"] = message["References"] = f"<{message_id}>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def between(text: str, said: dict[str, str], mark: str = "> ") -> str:
    """Our text as a program quotes it, with answers below the last line of the questions that begin so."""
    blocks = text.split("\n\n")
    out = []
    for block in blocks:
        out.append("\n".join(mark + line for line in block.split("\n")))
        out += [answer for start, answer in said.items() if block.startswith(start)]
    return f"\n{mark.strip()}\n".join(out) if mark.strip() else "\n\n".join(out)
