import pytest

from tests.mail.letters import mail
from tipline.core.arrival import Automatic
from tipline.mail import automatic
from tipline.mail.parse import arrival


def kind(subject: str, body: str = "Hello", *, extra: bytes = b"", sender: str = "Mei <mei@example.org>") -> Automatic:
    return arrival(mail(body, subject=subject, extra=extra, sender=sender)).automatic


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Your story",
        "Auto: Your story",
        "Out of Office: Re: Your story",
        "自动回复: 你的故事",
        "自动回复：你的故事",
        "自動回覆: 您的故事",
        "Automatische Antwort: Ihre Geschichte",
        "Abwesenheitsnotiz: Ihre Geschichte",
        "Réponse automatique : votre histoire",
        "Respuesta automática: su historia",
        "Risposta automatica: la sua storia",
        "Resposta automática: a sua história",
        "Automatisch antwoord: uw verhaal",
        "Odpowiedź automatyczna: twoja historia",
        "Автоматический ответ: ваша история",
        "自動返信: あなたの話",
        "자동 회신: 당신의 이야기",
        "Autosvar: din historia",
        "Otomatik Yanıt: hikayeniz",
    ],
)
def test_automatic_replies_are_known_by_their_subject_in_many_languages(subject: str) -> None:
    assert kind(subject) is Automatic.REPLY


@pytest.mark.parametrize(
    "extra",
    [
        b"Auto-Submitted: auto-replied\n",
        b"Auto-Submitted: auto-replied (vacation)\n",
        b"X-Autoreply: yes\n",
        b"X-Autorespond: vacation\n",
        b"Precedence: auto_reply\n",
        b"X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n",
        b"X-QQ-Autoreply: 1\n",
    ],
)
def test_automatic_replies_are_known_by_their_headers(extra: bytes) -> None:
    assert kind("Re: Your story", "I am away until Monday.", extra=extra) is Automatic.REPLY


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: out of office?", "No, I am here. Call me."),
        ("Re: Automatic reply: Your story", "Thank you, your automatic answer reached me. Here is my story."),
        ("回复：自动回复：你的故事", "收到你们的自动回复了，我的情况是这样的。"),
        ("My parcel was undeliverable", "The post office says it could not be delivered because of the borders."),
        ("Delivery failed for three months now", "My wedding dress was not delivered."),
        ("Rejected at the border", "The officer rejected my visa. User unknown to their system, they said."),
        ("退信", "我寄给父母的信被退回来了。"),
        ("On vacation when the borders closed", "We could not go home."),
        ("Your auto loan story", "It was automatic."),
        ("System error at immigration", "The mailbox is full, they told me."),
        ("Re: Your newsletter", "Auto-Submitted: no"),
        ("不在办公室的两个月", "公司关门了。"),
    ],
)
def test_people_who_write_of_such_things_are_people(subject: str, body: str) -> None:
    assert kind(subject, body) is Automatic.NO


STORY = "I was on a trip when the border closed. Two of us wait here, and nobody tells us when the train goes."


@pytest.mark.parametrize(
    "subject",
    [
        "外出三个月",
        "不在北京的日子",
        "出差被困上海",
        "休假回不来",
        "外出",
        "不在家的孩子",
        "休假中被困",
        "出差回不了家",
        "Absent from my own wedding",
        "On holiday when it closed",
        "Out of Office",
        "Out of the office",
        "On leave, and stuck",
        "Away from my office since March",
        "Abwesend bei der Geburt",
        "Nicht im Büro seit März",
        "Absence de nouvelles",
        "En congé quand tout a fermé",
        "Ausente en el parto",
        "Fuera de la oficina",
        "自动回复",
        "自動回覆",
        "Abwesenheitsnotiz",
        "Respuesta automática",
        "Réponse automatique",
    ],
)
def test_a_subject_alone_makes_no_machine_though_the_mail_answers_ours(subject: str) -> None:
    assert kind(subject, STORY, extra=b"In-Reply-To: <a@newsroom.example>\n") is Automatic.NO
    assert kind(subject, STORY) is Automatic.NO


@pytest.mark.parametrize("subject", ["外出", "出差中", "Absent", "Out of Office", "Abwesend", "自動回覆", "En congé"])
@pytest.mark.parametrize("extra", [b"Auto-Submitted: auto-generated\n", b"Return-Path: <>\n", b"Precedence: bulk\n"])
def test_the_same_subject_beside_a_machines_header_is_automatic(subject: str, extra: bytes) -> None:
    assert kind(subject, STORY, extra=extra) is Automatic.REPLY


def test_auto_submitted_no_is_a_person() -> None:
    assert kind("My story", extra=b"Auto-Submitted: no\n") is Automatic.NO


REPORT = b"""From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: tips@newsroom.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail system could not deliver your message.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; mei@example.org
Action: %s
Status: 5.1.1
--b
Content-Type: message/rfc822

Subject: your story

Hello
--b--
"""


def test_a_delivery_report_is_a_bounce_though_it_says_auto_replied() -> None:
    assert arrival(REPORT % b"failed").automatic is Automatic.BOUNCE
    assert arrival(REPORT % b"delayed").automatic is Automatic.BOUNCE


def test_a_report_of_success_is_no_bounce() -> None:
    assert arrival(REPORT % b"delivered").automatic is not Automatic.BOUNCE


@pytest.mark.parametrize(
    ("sender", "subject", "body", "extra"),
    [
        (
            "MAILER-DAEMON@example.org",
            "failure notice",
            "Hi. This is the qmail-send program at example.org.\nI'm afraid I wasn't able to deliver your message",
            b"Return-Path: <>\n",
        ),
        (
            "Mail Delivery System <Mailer-Daemon@example.org>",
            "Mail delivery failed: returning message to sender",
            "A message that you sent could not be delivered to one or more of its recipients.",
            b"X-Failed-Recipients: mei@example.org\n",
        ),
        (
            "PostMaster@qq.com",
            "来自qq.com的退信",
            "很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n无法发送到 mei@qq.com，收件人邮箱不存在",
            b"Return-Path: <>\n",
        ),
        (
            "Postmaster@163.com",
            "系统退信",
            "抱歉，您的邮件被退回来了……\n收件人：mei@163.com\n退信原因：550 User not found",
            b"Return-Path: <>\n",
        ),
        (
            "postmaster@outlook.com",
            "Undeliverable: Your story",
            "Delivery has failed to these recipients or groups:",
            b"X-MS-Exchange-Message-Is-Ndr:\n",
        ),
    ],
)
def test_bounces_without_a_report_part_are_known(sender: str, subject: str, body: str, extra: bytes) -> None:
    assert kind(subject, body, sender=sender, extra=extra) is Automatic.BOUNCE


def test_newsletters_and_lists_are_lists() -> None:
    assert kind("This week", extra=b"List-Id: <news.example.org>\n") is Automatic.LIST
    assert kind("This week", extra=b"Precedence: bulk\n") is Automatic.LIST


@pytest.mark.parametrize(
    "subject", ["Out of Office", "外出", "休假中", "On holiday", "Automatic reply from the embassy"]
)
def test_a_subject_alone_is_a_hint_for_people(subject: str) -> None:
    assert automatic.hints(subject) and arrival(mail(subject=subject)).automatic is Automatic.NO


@pytest.mark.parametrize("subject", ["Re: Out of office", "Stranded", "Our holiday", ""])
def test_other_subjects_are_no_hint(subject: str) -> None:
    assert not automatic.hints(subject)
