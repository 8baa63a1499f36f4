"""What readers put under the questions of an acknowledgement, in whichever program they answer it."""

import pytest
from sqlalchemy import delete, select
from sqlmodel import Session, col

from tests.core.asking import Conversation, between, converse, make_callout, reply
from tests.fixtures_db import Cast
from tipline.core import callouts, consent, replies
from tipline.core.outgoing_mail import Sender
from tipline.core.triage import unclear_answers
from tipline.db import now
from tipline.models import Answer, AnswerChoice, Consent, Message, Question, Tip
from tipline.vocabularies import ConsentChoice, Source

ATTRIBUTION = "On Tue, 3 Aug 2021 at 09:15, The Meridian <rail@meridian.example> wrote:\n\n"
OUTLOOK = """
-----Original Message-----
From: The Meridian <rail@meridian.example>
Sent: Tuesday, August 3, 2021 9:15 AM
To: Mei Chen <mei@mail.example>
Subject: We have your message

"""
QQ = """

------------------ 原始邮件 ------------------
发件人: "The Meridian" <rail@meridian.example>;
发送时间: 2021年8月3日(星期二) 上午9:15
收件人: "陈梅"<mei@mail.example>;
主题: 我们已收到您的来信

"""
NETEASE = '\n在 2021-08-03 09:15:00，"The Meridian" <rail@meridian.example> 写道：\n\n'
SAID = {
    "2.": "About 200? No: 211",
    "3.": "Yes, two of them.",
    "4.": "2020-01-22",
    "5.": "by train, A",
    "6.": "Wuhan",
    "7.": "Ask me first",
}
SAID_ZH = {
    "2.": "２１１",
    "3.": "是，两个。",
    "4.": "2020年1月22日",
    "5.": "火车\n飞机",
    "6.": "武汉",
    "7.": "请先问我。",
}
READ = {3: "Yes", 4: "2020-01-22", 5: "By plane\nBy train", 6: "Wuhan"}
READ_ZH = {2: "211", 3: "是", 4: "2020-01-22", 5: "飞机\n火车", 6: "武汉"}


@pytest.fixture
def talk(session: Session, cast: Cast) -> Conversation:
    return converse(session, make_callout(session, cast))


@pytest.fixture
def chinese(session: Session, cast: Cast) -> Conversation:
    return converse(session, make_callout(session, cast), "zh-Hans")


def answers(session: Session, tip: Tip) -> dict[int, str]:
    """What stands under each question, by its number in the list."""
    session.flush()
    query = select(col(Question.position), col(Answer.value)).join(Answer, col(Answer.question_id) == col(Question.id))
    return {at + 1: value for at, value in session.execute(query.where(col(Answer.tip_id) == tip.id))}


def test_the_acknowledgement_asks_what_can_be_answered_by_mail(session: Session, talk: Conversation) -> None:
    text = talk.sent.text
    assert "1. What happened?\n   If your email already says this" in text
    assert "2. How many days have you been waiting? (optional)\n   A number." in text
    assert "4. When did you last see them? (optional)\n   Only if your answer to 3 is: Yes\n   A date" in text
    assert "   A. By plane\n   B. By train\n   C. On foot, or by bus\n   Choose all that fit." in text
    assert "7. What may we publish?\n   A. My words, with my name." in text
    assert "passport" not in text and "Photos" not in text and "stuck" not in text
    assert text.count("https://") == 2 and "?to=form" in text


def test_it_asks_in_the_readers_language_and_nothing_where_the_editor_does_not_want_it(
    session: Session, cast: Cast, chinese: Conversation
) -> None:
    assert "2. 您等了多少天？（选填）\n   一个数字。" in chinese.sent.text
    assert "7. 我们可以刊登什么？" in chinese.sent.text and "What" not in chinese.sent.text


@pytest.mark.parametrize("style", ["gmail", "thunderbird", "outlook", "apart"])
def test_answers_are_put_under_their_questions_however_a_program_quotes(
    session: Session, talk: Conversation, style: str
) -> None:
    said = {
        "gmail": ATTRIBUTION + between(talk.sent.text, {key: f"\n{value}\n" for key, value in SAID.items()}),
        "thunderbird": ATTRIBUTION + between(talk.sent.text, SAID, ">"),
        "outlook": "See my answers below.\n" + OUTLOOK + between(talk.sent.text, SAID, ""),
        "apart": OUTLOOK + between(talk.sent.text, SAID, ""),
    }[style]
    filed = reply(session, talk, said)
    assert (filed.tip_id, filed.new_tip) == (talk.tip.id, False)
    assert answers(session, talk.tip) == READ
    first = session.scalars(select(Answer).order_by(col(Answer.position))).first()
    assert first is not None and first.wording == "Are you separated from your children?"
    chosen = session.execute(select(col(AnswerChoice.option)).order_by(col(AnswerChoice.option))).scalars().all()
    assert chosen == [0, 0, 1]
    message = session.get_one(Message, filed.message_id)
    assert "About 200? No: 211" in message.text + message.quoted


@pytest.mark.parametrize("history", [QQ, NETEASE])
def test_chinese_programs_that_mark_nothing_are_read_too(session: Session, chinese: Conversation, history: str) -> None:
    reply(session, chinese, "答案在下面" + history + between(chinese.sent.text, SAID_ZH, ""))
    assert answers(session, chinese.tip) == READ_ZH
    assert chinese.tip.consent is ConsentChoice.ASK


NUMBERED = (
    "1. We were sent back.\n2. 211\n3. yes\n5. a, b\n6. Wuhan\n7. c\n",
    "1) We were sent back.\n\n2) 211\n\n3) yes\n\n5) A and B\n\n6)\nWuhan\n\n7) Ask me first\n",
    "1、We were sent back.\n2、211\n3、是\n5、by plane; by train\n6、Wuhan\n7、C",
    "1: We were sent back.\n2: 211\n3: yes!\n5: 1, 2\n6: Wuhan\n7: 3",
    "1. We were sent back. 2. 211 3. yes 4. ? 5. A B 6. Wuhan 7. C",
)
WAYS = (
    "①{}\n②{}\n③{}", "① {} ② {} ③ {}", "⑴{}\n⑵{}\n⑶{}", "⒈{}\n⒉{}\n⒊{}", "❶ {}\n❷ {}\n❸ {}",
    "（1）{}\n（2）{}\n（3）{}", "(1) {}\n(2) {}\n(3) {}", "(1) {} (2) {} (3) {}", "[1] {}\n[2] {}\n[3] {}",
    "【1】{}\n【2】{}\n【3】{}", "一、{}\n二、{}\n三、{}", "（一）{}\n（二）{}\n（三）{}",
    "第一，{}\n第二，{}\n第三，{}",
    "第1题 {}\n第2题 {}\n第3题 {}", "第一题：{}\n第二题：{}\n第三题：{}", "1题 {}\n2题 {}\n3题 {}",
    "1 {}\n2 {}\n3 {}", "A1: {}\nA2: {}\nA3: {}", "Q1: {}\nQ2: {}\nQ3: {}", "a1. {}\na2. {}\na3. {}",
    "Q1 {}\nQ2 {}\nQ3 {}", "1） {}\n2） {}\n3） {}", "1- {}\n2- {}\n3- {}", "1 - {}\n2 - {}\n3 - {}",
    "1 – {}\n2 – {}\n3 – {}", "#1 {}\n#2 {}\n#3 {}", "#1: {}\n#2: {}\n#3: {}", "１．{}\n２．{}\n３．{}",
    "１、{}\n２、{}\n３、{}", "I. {}\nII. {}\nIII. {}", "i) {}\nii) {}\niii) {}", "Ⅰ {}\nⅡ {}\nⅢ {}",
    "No. 1: {}\nNo. 2: {}\nNo. 3: {}", "Question 1: {}\nQuestion 2: {}\nQuestion 3: {}",
    "Answer 1: {}\nAnswer 2: {}\nAnswer 3: {}", "答1：{}\n答2：{}\n答3：{}", "问题1：{}\n问题2：{}\n问题3：{}",
    "1. {} 2. {} 3. {}", "1) {}, 2) {}, 3) {}", "1、{}，2、{}，3、{}", "1] {}\n2] {}\n3] {}", "1: {}; 2: {}; 3: {}",
)  # fmt: skip
TRAPS = (
    "1 May we left Wuhan.\n2 June they sent us back.",
    "1 child was left behind.\n2 others came along.",
    "1. We left 2 211 3 yes",
    "1 We were sent back. 2 211 3 yes",
    "1. Sent back. 2, 211. 3, yes",
    "1-800-555-0199 is the number.\n2-300 is the other.",
    "Rice 1.20\nBread 2.30\nMilk 3.10",
    "1.5 metres apart.\n2.5 hours.",
    "12:30 we left.\n13:45 we were back.",
    "1-2 weeks they said.\n3-4 weeks it was.",
    "1 May 2020: we left. 2 people stayed.",
    "1/2 of us stayed.\n2/3 went.",
    "138 1234 5678",
    "I. was ill.\nMy son too.\n",
)
NONE = (
    "1. We arrived on Monday.\n2. They sent us back.\n3. Nobody told us why.",
    "1. yes\n12. no",
    "2. 211\n1. We were sent back.",
    "We are 2. And 3 are missing.",
    "How many days? 211",
    "Yes.\nNo.\nBy train.",
    "211",
)


def test_numbers_alone_are_enough_in_an_answer_to_it(session: Session, talk: Conversation) -> None:
    quoted = ATTRIBUTION + "> " + talk.sent.text.replace("\n", "\n> ")
    for text in NUMBERED:
        session.execute(delete(Answer))
        reply(session, talk, f"Hello,\n\n{text}\n\nMei\n\n{quoted}")
        wanted = {1: "We were sent back.", 2: "211", 3: "Yes", 5: "By plane\nBy train", 6: "Wuhan"}
        assert answers(session, talk.tip) == wanted, text
    assert talk.tip.consent is ConsentChoice.ASK
    assert len(consent.history(session, talk.tip.id or 0)) == 1


@pytest.mark.parametrize("way", WAYS)
def test_people_number_in_many_ways(session: Session, talk: Conversation, way: str) -> None:
    text = way.format("We were sent back", "211", "yes")
    filed = reply(session, talk, text)
    got = {number: value.rstrip(",，;") for number, value in answers(session, talk.tip).items()}
    assert got == {1: "We were sent back", 2: "211", 3: "Yes"}
    assert session.get_one(Message, filed.message_id).text == text


@pytest.mark.parametrize("text", TRAPS)
def test_what_only_looks_numbered_is_filed_under_no_question(session: Session, talk: Conversation, text: str) -> None:
    filed = reply(session, talk, text)
    assert not set(answers(session, talk.tip)) - {1} and "211" not in answers(session, talk.tip).get(1, "")
    assert session.get_one(Message, filed.message_id).text == text.strip()


@pytest.mark.parametrize(
    "said",
    [
        "B please", "option B", "B.", "选B", "B，谢谢", "I choose b", "b, thank you", "(B)", "Answer: B", "我选B",
        "選B，謝謝",
        "B bitte", "Je choisis B", "Opción B, gracias", "Please B", "I'd prefer option B, thanks!", "选择 B 吧",
        "My words, without my name. We leave out anything that could identify you.", "B) My words, without my name",
    ],
)  # fmt: skip
def test_a_choice_with_courtesies_around_it_is_read(session: Session, talk: Conversation, said: str) -> None:
    reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"7.": said}))
    assert talk.tip.consent is ConsentChoice.ANONYMOUS


@pytest.mark.parametrize(
    "text", ["yes", "B, but not my name", "A or B", "not A", "you may print it", "B please only if C"]
)
def test_what_is_said_of_consent_and_not_read_is_left_to_a_reporter(
    session: Session, cast: Cast, talk: Conversation, text: str
) -> None:
    filed = reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"7.": text}))
    assert talk.tip.consent is ConsentChoice.UNKNOWN
    [doubt] = unclear_answers.of_tip(session, talk.tip.id or 0)
    assert (doubt.message_id, doubt.consent) == (filed.message_id, True)
    consent.from_message(session, filed.message_id, ConsentChoice.ASK, cast.alice, now().date())
    assert not [one for one in unclear_answers.of_tip(session, talk.tip.id or 0) if one.consent]


def test_a_numbered_list_that_was_not_filed_says_so(session: Session, talk: Conversation) -> None:
    filed = reply(session, talk, "1 We were sent back. 2 211 3 yes\n2 More of it.")
    assert [(one.message_id, one.answers) for one in unclear_answers.of_tip(session, talk.tip.id or 0)] == [
        (filed.message_id, True)
    ]


def test_what_can_not_be_told_stays_in_the_message_alone(session: Session, talk: Conversation) -> None:
    for text in NONE:
        filed = reply(session, talk, f"{text}\n\n{ATTRIBUTION}> That is all we ask. Thank you.\n")
        assert answers(session, talk.tip) == {}, text
        assert session.get_one(Message, filed.message_id).text.startswith(text.split("\n", maxsplit=1)[0])


def test_numbers_in_answer_to_a_reporter_mean_the_reporters_questions(
    session: Session, cast: Cast, talk: Conversation
) -> None:
    assert talk.tip.id is not None
    asks = replies.queue(session, talk.tip.id, "1. Why?\n2. When?", cast.alice, Sender("M", "rail@meridian.example"))
    later = Conversation(talk.tip, talk.callout, talk.sent, asks.mail_message_id)
    reply(session, later, "1. Because of the closure.\n2. 3")
    assert answers(session, talk.tip) == {}


def test_a_stranger_with_the_mail_answers_nothing(session: Session, talk: Conversation) -> None:
    filed = reply(session, talk, ATTRIBUTION + between(talk.sent.text, SAID), sender="eve@else.example")
    assert filed.new_tip and filed.tip_id != talk.tip.id
    assert session.scalars(select(Answer)).all() == []
    assert session.scalars(select(Consent)).all() == []


def test_consent_is_recorded_with_what_was_shown_and_the_message_that_says_it(
    session: Session, talk: Conversation
) -> None:
    filed = reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"7.": "B"}))
    (entry,) = consent.history(session, talk.tip.id or 0)
    assert (entry.choice, entry.source, entry.recorded_by) == (ConsentChoice.ANONYMOUS, Source.MAIL, None)
    assert (
        entry.wording
        == "What may we publish? My words, without my name. We leave out anything that could identify you."
    )
    assert entry.language == "en"
    assert list(consent.evidence_of(session, talk.tip.id or 0).values()) == [filed.message_id]


def test_a_mail_that_no_server_vouches_for_allows_nothing_and_may_ask_for_less(
    session: Session, talk: Conversation
) -> None:
    def say(choice: str, confirmed: bool | None) -> ConsentChoice:
        filed = reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"7.": choice}), confirmed=confirmed)
        assert filed.tip_id == talk.tip.id
        return talk.tip.consent

    assert say("A", None) is ConsentChoice.UNKNOWN
    assert say("C", None) is ConsentChoice.ASK
    assert say("B", None) is ConsentChoice.ASK
    assert say("B", True) is ConsentChoice.ANONYMOUS
    assert say("A", None) is ConsentChoice.ANONYMOUS
    assert say("D", None) is ConsentChoice.BACKGROUND
    assert say("C", None) is ConsentChoice.BACKGROUND


def test_a_consent_that_names_none_of_the_four_is_none(session: Session, talk: Conversation) -> None:
    for said in ("yes", "ok", "E", "5", "A or B", "my name", "do as you like"):
        reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"7.": said}))
        assert talk.tip.consent is ConsentChoice.UNKNOWN, said


def test_a_later_answer_takes_the_place_of_an_earlier_one_but_not_one_that_only_came_along(
    session: Session, talk: Conversation
) -> None:
    first = OUTLOOK + between(talk.sent.text, {"6.": "Wuhan", "3.": "no"}, "")
    reply(session, talk, first)
    reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"6.": "Shanghai"}))
    assert answers(session, talk.tip) == {3: "No", 6: "Shanghai"}
    reply(session, talk, "Any news?\n" + first)
    assert answers(session, talk.tip) == {3: "No", 6: "Shanghai"}
    again = ATTRIBUTION + "\n".join(f"> {line}" for line in first.split("\n")) + "\n\nAny news?"
    reply(session, talk, again)
    assert answers(session, talk.tip) == {3: "No", 6: "Shanghai"}
    assert len(session.scalars(select(AnswerChoice)).all()) == 1


def test_answers_stand_under_the_wording_that_was_sent_though_the_editor_changed_it_since(
    session: Session, cast: Cast, talk: Conversation
) -> None:
    draft = callouts.draft_of(session, talk.callout)
    draft.questions[5].texts["en"] = type(draft.questions[5].texts["en"])("Where are you now?")
    del draft.questions[2:4]
    callouts.change(session, talk.callout.id or 0, draft, cast.alice, talk.callout.version)
    reply(session, talk, ATTRIBUTION + between(talk.sent.text, SAID))
    rows = {row.wording: row for row in session.scalars(select(Answer))}
    assert rows["Which city are you in?"].value == "Wuhan"
    assert session.get_one(Question, rows["Which city are you in?"].question_id).retired
    assert rows["Are you separated from your children?"].value == "Yes"


def test_lines_that_a_program_broke_are_known_all_the_same(session: Session, talk: Conversation) -> None:
    for width in (20, 40, 60):
        session.execute(delete(Answer))
        reply(session, talk, ATTRIBUTION + broken(between(talk.sent.text, SAID), width))
        assert answers(session, talk.tip) == READ, width


def broken(text: str, width: int) -> str:
    lines = []
    for line in text.split("\n"):
        words, part = line.split(" ") if line.startswith(">") else [line], ""
        for word in words:
            if part and len(part) + len(word) > width:
                lines.append(part)
                part = "> "
            part = f"{part} {word}" if part else word
        lines.append(part)
    return "\n".join(lines)


def test_an_answer_at_the_end_of_the_questions_line_counts(session: Session, talk: Conversation) -> None:
    text = talk.sent.text.replace("waiting? (optional)", "waiting? (optional) 211").replace(
        "in? (optional)", "in? Wuhan"
    )
    reply(session, talk, ATTRIBUTION + "\n".join(f"> {line}" for line in text.split("\n")))
    assert answers(session, talk.tip) == {2: "211", 6: "Wuhan"}


def test_an_html_reply_with_answers_between_quotes_is_read(session: Session, talk: Conversation) -> None:
    blocks = talk.sent.text.split("\n\n")
    html = '<div class="gmail_attr">On Tue, 3 Aug 2021, The Meridian &lt;rail@meridian.example&gt; wrote:</div>'
    for block in blocks:
        html += f"<blockquote class='gmail_quote' type='cite'>{block.replace(chr(10), '<br>')}</blockquote>"
        html += "".join(f"<div>{answer}</div>" for start, answer in SAID.items() if block.startswith(start))
    message = reply(session, talk, "", html=html)
    assert answers(session, talk.tip) == READ, session.get_one(Message, message.message_id).text


def test_a_hostile_mail_costs_little(session: Session, talk: Conversation) -> None:
    block = talk.sent.text.split("\n\n")[2]
    reply(
        session,
        talk,
        ATTRIBUTION + "\n".join([*["> 1. " * 300] * 700, *[f"> {line}" for line in block.split("\n")] * 700]),
    )
    reply(session, talk, "1. \u0000 " + "2. 3. " * 20_000)
    assert answers(session, talk.tip) == {}
