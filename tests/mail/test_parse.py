import base64
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mail.letters import mail, with_files, word
from tipline.core.arrival import Address, Source
from tipline.core.text import language
from tipline.errors import UnreadableMessage
from tipline.mail.parse import arrival, describe

STORY = "我被困在上海已经两个月，航班取消了。"


def test_a_plain_mail_becomes_an_arrival() -> None:
    got = arrival(mail("I am stuck in Shanghai and my family is in Hong Kong.", subject="Stranded"))
    assert got.source is Source.MAIL
    assert got.text == "I am stuck in Shanghai and my family is in Hong Kong."
    assert (got.subject, got.reader_name, got.reader_email) == ("Stranded", "Mei Lin", "mei@example.org")
    assert got.language == "en"
    assert got.received_at == datetime(2020, 5, 5, 2, 0, tzinfo=UTC)
    assert got.headers is not None
    assert got.headers.message_id == "story-1@example.org"
    assert got.headers.sender == Address("mei@example.org", "Mei Lin")


def test_a_date_in_the_future_is_not_believed() -> None:
    raw = mail().replace(b"5 May 2020", b"5 May 2099")
    assert arrival(raw).received_at <= datetime.now(UTC)
    assert arrival(raw, received_at=datetime(2020, 6, 1, tzinfo=UTC)).received_at == datetime(2020, 6, 1, tzinfo=UTC)


def test_a_qq_mail_in_gb18030_is_read() -> None:
    raw = mail(
        STORY + '\n\n\n------------------ 原始邮件 ------------------\n发件人: "编辑部"<tips@newsroom.example>;\n',
        charset="gb18030",
        subject=word("回复：封城故事", "gb18030"),
        sender=word("小梅", "gb18030").join((b'"', b'" <10001@qq.com>')),
        extra=b"X-QQ-mid: webmail1t1\n",
    )
    got = arrival(raw)
    assert (got.text, got.subject, got.reader_name, got.language) == (STORY, "回复：封城故事", "小梅", "zh-Hans")


def test_a_163_mail_labelled_gbk_with_html_beside_is_read_from_its_text() -> None:
    boundary = b"----=_Part_1_2"
    text = base64.encodebytes(
        f'{STORY}\n\n\n\n\n\n\n\n在 2020-05-04 09:00:00，"编辑" <tips@newsroom.example> 写道：\n请说'.encode("gbk")
    )
    raw = (
        b"From: =?GBK?B?"
        + base64.b64encode("小梅".encode("gbk"))
        + b"?= <mei@163.com>\nSubject: =?GBK?Q?=C4=E3=BA=C3?=\n"
        b'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="'
        + boundary
        + b'"\n\n--'
        + boundary
        + b"\nContent-Type: text/plain; charset=GBK\nContent-Transfer-Encoding: base64\n\n"
        + text
        + b"--"
        + boundary
        + b"\nContent-Type: text/html; charset=GBK\n\n<div>x</div>\n--"
        + boundary
        + b"--\n"
    )
    got = arrival(raw)
    assert (got.text, got.subject, got.reader_name) == (STORY, "你好", "小梅")
    assert got.html.strip() == "<div>x</div>"


@pytest.mark.parametrize(
    ("header", "address", "name"),
    [
        (b"mei@example.org", "mei@example.org", ""),
        (b"<mei@example.org>", "mei@example.org", ""),
        (b'"Lin, Mei" <mei@example.org>', "mei@example.org", "Lin, Mei"),
        (b"Lin, Mei <mei@example.org>", "mei@example.org", "Lin, Mei"),
        (b"mei@example.org (Mei Lin)", "mei@example.org", "Mei Lin"),
        (b'"mei@example.org" <mei@example.org>', "mei@example.org", "mei@example.org"),
        (b"=?utf-8?B?5p6X5qKF?= <mei@example.org>", "mei@example.org", "林梅"),
        (b'"=?utf-8?B?5p6X5qKF?=" <mei@example.org>', "mei@example.org", "林梅"),
        (b"=?utf-8?Q?Lin=2C_Mei?= <mei@example.org>", "mei@example.org", "Lin, Mei"),
        (b"=?utf-8?Q?Mei_=3Cmei=40example=2Eorg=3E?=", "mei@example.org", "Mei"),
        ("林梅 <mei@example.org>".encode(), "mei@example.org", "林梅"),
        ("林梅 <mei@example.org>".encode("gbk"), "mei@example.org", "林梅"),
        (b"Mei Lin <mei@example.org", "mei@example.org", "Mei Lin"),
        (b'"Mei Lin <mei@example.org>', "mei@example.org", "Mei Lin"),
        (b"Mei: Shanghai <mei@example.org>", "mei@example.org", "Mei: Shanghai"),
        (b"Friends: Mei <mei@example.org>;", "mei@example.org", "Mei"),
        (b"<@relay.example:mei@example.org>", "mei@example.org", ""),
        (b"Mei <mei @example.org>", "mei@example.org", "Mei"),
        (b"\t=?utf-8?B?5p6X?=\n =?utf-8?B?5qKF?=\n <mei@example.org>", "mei@example.org", "林梅"),
    ],
)
def test_senders_in_every_shape_that_programs_send(header: bytes, address: str, name: str) -> None:
    got = describe(mail(STORY, charset="gb18030", sender=header))
    assert (got["from_address"], got["from_name"]) == (address, name)


@pytest.mark.parametrize("fold", [b"\n ", b"\r\n ", b"\n\t"])
def test_a_folded_subject_has_one_space_where_it_was_folded(fold: bytes) -> None:
    subject = b"=?UTF-8?B?8J+Tpw==?= Test" + fold + b"=?GBK?Q?=CA=A9=CA=CF?= of" + fold + b"ours"
    assert arrival(mail(subject=subject)).subject == "📧 Test 施氏 of ours"


def test_several_senders_are_all_kept_and_none_is_chosen() -> None:
    got = arrival(mail(sender="Mei <mei@example.org>, Bo <bo@example.org>")).headers
    assert got is not None
    assert got.sender is None
    assert [address.address for address in got.senders] == ["mei@example.org", "bo@example.org"]


def test_threading_headers_are_read_without_brackets() -> None:
    extra = (
        b"In-Reply-To: <a@newsroom.example>\nReferences: <x@y>\n <a@newsroom.example>\nReturn-Path: <mei@example.org>\n"
    )
    got = arrival(mail(extra=extra)).headers
    assert got is not None
    assert (got.in_reply_to, got.references) == (("a@newsroom.example",), ("x@y", "a@newsroom.example"))
    assert got.return_path == "mei@example.org"


def test_lines_among_the_headers_that_are_none_are_left_out() -> None:
    raw = b"MAIL FROM:<a@b>\nFrom: Mei <mei@example.org>\nnonsense\nSubject : Hi\n\nHello"
    got = describe(raw)
    assert (got["from_name"], got["subject"], got["body_text"]) == ("Mei", "Hi", "Hello")


def test_a_body_without_an_empty_line_before_it_is_not_lost() -> None:
    assert "My story" in str(
        describe(b"From: mei@example.org\nSubject: Hi\nMy story begins here\nand goes on")["body_text"]
    )


def test_flowed_text_is_joined_and_quotes_stay_apart() -> None:
    body = "I am stuck \nin Shanghai.\n\n> Where \n> are you?\n-- \nMei"
    raw = mail(body, subject="Re: A story", content_type="text/plain; format=flowed", transfer="8bit")
    got = arrival(raw)
    assert got.text == "I am stuck in Shanghai."
    assert "> Where are you?" in got.quoted


def test_delsp_takes_the_space_away() -> None:
    raw = mail("我被困在 \n上海", content_type="text/plain; format=flowed; delsp=yes", transfer="8bit")
    assert arrival(raw).text == "我被困在上海"


def test_a_mail_of_html_only_gives_its_text_without_hidden_parts() -> None:
    markup = "<style>p{}</style><p>Stuck in <b>Shanghai</b>.</p><p style='display:none'>hidden</p><script>x()</script>"
    got = arrival(mail(markup, content_type="text/html"))
    assert got.text == "Stuck in Shanghai."
    assert "<b>Shanghai</b>" in got.html


@pytest.mark.parametrize("depth", [300, 5000, 100_000])
def test_html_nested_too_deep_for_the_layout_engine_is_still_read(depth: int) -> None:
    assert arrival(mail("<div>" * depth + "Stuck in Shanghai.", content_type="text/html")).text == "Stuck in Shanghai."


def test_describe_gives_values_that_json_can_hold() -> None:
    got = describe(with_files(("照片.jpg", "image/jpeg", b"123")))
    assert json.loads(json.dumps(got)) == got
    assert got["attachments"] == [{"filename": "照片.jpg", "size": 3, "content_type": "image/jpeg", "inline": False}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have been stuck in the city since March and my family is not here.", "en"),
        ("我被困在上海，请你们帮助我。", "zh-Hans"),
        ("我被困在上海，請你們幫助我。", "zh-Hant"),
        ("I work for 腾讯 in the city of 深圳 and I have a question for you.", "en"),
        ("上海に閉じ込められています。", "ja"),
        ("상하이에 갇혀 있습니다.", "ko"),
        ("Я застрял в Шанхае.", "ru"),
        ("Ich bin seit März in der Stadt und meine Familie ist nicht hier.", "de"),
        ("Je suis bloqué depuis mars et ma famille est dans un autre pays.", "fr"),
        ("", ""),
        ("12345", ""),
    ],
)
def test_the_language_is_guessed(text: str, expected: str) -> None:
    assert language.guess(text) == expected


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_unreadable_message(raw: bytes) -> None:
    with suppress(UnreadableMessage):
        arrival(raw)


_PIECES = st.sampled_from(
    (
        b"From: |Subject: |=?utf-8?B?|=?gbk?q?=C4|?=|Content-Type: multipart/mixed; boundary=b\n|\n--b\n|\n--b--\n|"
        b"Content-Type: text/html; charset=gb2312\n|Content-Type: message/rfc822\n|<div>|</div>|<blockquote type=cite>|"
        b"Content-Transfer-Encoding: base64\n|Content-Disposition: attachment; filename*0*=gbk''%C4|\n\n|<a@b.c>|"
        b'On 1 May 2020 at 9:00, a wrote:\n|> |\xc4\xe3|\x1b$B|~{|"|;|(|begin 644 x\n#0V%T\n|-- \n|\r|\x00'
    ).split(b"|")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.binary(max_size=8), max_size=40))
def test_mails_put_together_at_random_raise_nothing_but_unreadable_message(pieces: list[bytes]) -> None:
    with suppress(UnreadableMessage):
        describe(b"".join(pieces))


FORWARD = """From: Bob <bob@friend.example>
To: tips@newsroom.example
Subject: Fwd: Waiting

Read this.

---------- Forwarded message ---------
From: Ann Lee <ann@reader.example>
Date: Mon, May 4, 2020 at 9:00 AM
Subject: Waiting
To: Bob <bob@friend.example>,
 Carl <carl@friend.example>
Cc: Dora <dora@friend.example>

We wait at the border.

--
Ann Lee
+49 30 901820

On Sun, 3 May 2020 at 8:00, Ann Lee
<ann@reader.example> wrote:
> Write to ann@reader.example
> It began in March.
"""


def test_who_wrote_what_was_passed_on_stands_in_no_text_that_is_shown_to_all() -> None:
    got = arrival(FORWARD.encode())
    assert got.original_author is not None
    assert (got.original_author.address, got.original_author.name) == ("ann@reader.example", "Ann Lee")
    assert got.text == "Read this.\n\nWe wait at the border."
    for shown in (got.text, got.quoted, got.subject):
        assert not [word for word in ("Ann", "ann@", "901820", "bob@", "Carl", "Dora", "@") if word in shown]
    assert "It began in March." in got.quoted
    assert "+49 30 901820" in got.signature
