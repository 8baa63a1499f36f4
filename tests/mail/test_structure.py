import time
from email.message import EmailMessage

import pytest

from tests.mail.letters import mail, with_files
from tipline.errors import UnreadableMessage
from tipline.mail.parse import arrival
from tipline.mail.structure import Limits

STORY = "我被困在上海已经两个月，航班取消了。"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'filename="photo.jpg"', "photo.jpg"),
        (b"filename=photo of me.jpg", "photo of me.jpg"),
        (b"filename*=utf-8''%E7%85%A7%E7%89%87.jpg", "照片.jpg"),
        (b"filename*0*=gb18030''%D5%D5;\n filename*1*=%C6%AC;\n filename*2=\".jpg\"", "照片.jpg"),
        (b'filename="=?gb2312?B?1dXGrC5qcGc=?="', "照片.jpg"),
        (b'filename="=?utf-8?B?54Wn?=\n =?utf-8?B?54mHLmpwZw==?="', "照片.jpg"),
        ('filename="照片.jpg"'.encode("gbk"), "照片.jpg"),
        ('filename="照片.jpg"'.encode(), "照片.jpg"),
        (b'filename="../../etc/passwd"', "passwd"),
        (b'filename="C:\\\\Users\\\\mei\\\\photo.jpg"', "photo.jpg"),
        ('filename="pho\u202eto\u200b.jpg"'.encode(), "photo.jpg"),
        (b'filename="a\x00b.jpg"', "a b.jpg"),
        (b'filename=""', "part-1.jpg"),
        (b'filename=".."', "part-1.jpg"),
    ],
)
def test_attachment_names_in_every_shape_are_read_and_made_safe(header: bytes, name: str) -> None:
    raw = (
        b"From: mei@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain; charset=gbk\n\n" + STORY.encode("gbk") + b"\n--b\nContent-Type: image/jpeg\n"
        b"Content-Disposition: attachment; " + header + b"\nContent-Transfer-Encoding: base64\n\n/9j/4A==\n--b--\n"
    )
    got = arrival(raw)
    assert [(file.name, file.content) for file in got.attachments] == [(name, b"\xff\xd8\xff\xe0")]
    assert got.text == STORY


def test_a_long_name_keeps_its_extension() -> None:
    name = arrival(with_files(("x" * 300 + ".jpg", "image/jpeg", b"1"))).attachments[0].name
    assert len(name) == 150
    assert name.endswith(".jpg")


def test_special_parts_are_kept_and_named() -> None:
    got = arrival(
        with_files(
            ("", "application/ms-tnef", b"x"),
            ("", "text/calendar", b"BEGIN:VCALENDAR"),
            ("smime.p7s", "application/pkcs7-signature", b"y"),
        )
    )
    assert [file.name for file in got.attachments] == ["winmail-1.dat", "invitation-2.ics", "smime.p7s"]
    assert got.text == "See the file."


def test_uuencoded_files_leave_the_text() -> None:
    got = arrival(mail("See below.\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n\nThank you.", transfer="8bit"))
    assert [(file.name, file.content) for file in got.attachments] == [("cat.txt", b"Cat")]
    assert got.text.split() == ["See", "below.", "Thank", "you."]


def test_a_message_forwarded_as_a_file_without_words_is_the_story() -> None:
    inner = mail("Ann is stuck in Shanghai.", subject="Help")
    raw = (
        b"From: mei@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: message/rfc822\n\n" + inner + b"\n--b--\n"
    )
    got = arrival(raw)
    assert (got.text, got.forwarded) == ("Ann is stuck in Shanghai.", True)
    assert got.attachments[0].name == "message-1.eml"
    assert got.attachments[0].content.strip() == inner.strip()


def test_a_multipart_whose_boundary_is_lost_is_still_read() -> None:
    raw = (
        b"From: mei@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n\n"
        b"--zzz\nContent-Type: text/plain\n\nMy story\n--zzz\nContent-Type: image/jpeg; name=a.jpg\n"
        b"Content-Transfer-Encoding: base64\n\n/9j/4A==\n--zzz--\n"
    )
    got = arrival(raw)
    assert (got.text, [file.name for file in got.attachments]) == ("My story", ["a.jpg"])


def test_an_alternative_with_an_empty_text_is_read_from_its_html() -> None:
    message = EmailMessage()
    message["From"] = "mei@example.org"
    message.set_content("\n")
    message.add_alternative("<p>My story</p>", subtype="html")
    assert arrival(message.as_bytes()).text == "My story"


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (b"TXkgc3Rvcnk", "My story"),
        (b"TXkg\nc3Rv cnk=\n!!", "My story"),
        (b"TXk=IHN0b3J5", "My story"),
        (
            b"This is not base64 at all, it is plain: text; with, many - signs!",
            "This is not base64 at all, it is plain: text; with, many - signs!",
        ),
    ],
)
def test_damaged_base64_is_read_as_far_as_it_goes(encoded: bytes, text: str) -> None:
    raw = (
        b"From: a@b.c\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + encoded + b"\n"
    )
    assert arrival(raw).text == text


def test_too_large_too_deep_and_too_many_are_said_so() -> None:
    with pytest.raises(UnreadableMessage) as large:
        arrival(mail(), limits=Limits(size=10))
    deep = b"From: a@b.c\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(10_000)
    )
    with pytest.raises(UnreadableMessage) as nested:
        arrival(deep)
    with pytest.raises(UnreadableMessage) as many:
        arrival(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1500)
    assert [error.value.reason for error in (large, nested, many)] == ["too_large", "too_deep", "too_many_parts"]


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b'"\\' * 50_000 + b"\n\nx",
        b"From: " + b"a@b.c, " * 300_000 + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?" * 200_000 + b"\n\nx",
        b"Content-Type: text/plain" + b"; a" * 600_000 + b"\n\nx",
        b"Content-Transfer-Encoding: base64\n\n" + b"A==" * 600_000,
        b"From: a@b.c\n\n" + b"begin 644 a\n" * 100_000,
        b"From: a@b.c\n\n" + b"\n" * 500_000 + b"On 1 May 2020, a wrote:\n> x",
        b"Content-Type: text/plain; format=flowed\n\n" + b"x \n" * 300_000,
        b"Content-Type: text/html\n\n" + b"<script" * 200_000,
    ],
    ids=["quotes", "addresses", "words", "parameters", "base64", "uuencode", "empty lines", "flowed", "html"],
)
def test_hostile_megabytes_take_no_longer_than_they_are_long(raw: bytes) -> None:
    start = time.process_time()
    arrival(raw)
    assert time.process_time() - start < 2
