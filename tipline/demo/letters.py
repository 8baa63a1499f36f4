"""A mailed story as the RFC 5322 message that a reader's mail program would have made of it.

Eleven programs, each with its own headers, charset, quoting and HTML: what a tips inbox really gets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime

from tipline.demo import pictures, quoting
from tipline.demo.stories import Story

MERIDIAN = "The Meridian"
ADDRESSES = {"borders": "china@meridian.example", "overtime": "overtime@meridian.example"}
UNFOLDED = compat32.clone(max_line_length=None)  # folding again would double a space
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class WrittenStory:
    """A story with its time: what a mail program has before it."""

    story: Story
    sent: datetime
    words: str  # told, without quotes

    @property
    def to(self) -> str:
        return ADDRESSES[self.story.callout]


def letter(story: Story, birth: datetime) -> bytes:
    """The message's bytes. `birth` is the moment that the demo's days count back from."""
    sent = birth - timedelta(days=story.days)
    zone = CHINA if story.language != "en" else UTC
    written = WrittenStory(story, sent.astimezone(zone).replace(microsecond=0), story.told(birth))
    return STYLES[story.style](written)


def maildir_name(story: Story, birth: datetime) -> str:
    """A unique file name as maildir(5) has it: time, what makes it unique, host."""
    return f"{int((birth - timedelta(days=story.days)).timestamp())}.{story.key}.meridian"


def _gmail(w: WrittenStory) -> bytes:
    quoted = quoting.gmail(w)
    html = f'<div dir="ltr">{_divs(w.words)}</div>{quoted.html}'
    body = _alternative(w.words + quoted.text, html, "utf-8", QP if w.story.language == "en" else BASE64)
    message_id = f"CAF{w.story.key.replace('-', '')}+9mQ@mail.gmail.example"
    return _finish(w, _with_files(w, body), message_id, "utf-8")


def _outlook(w: WrittenStory) -> bytes:
    quoted = quoting.outlook(w)
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--p.MsoNormal{margin:0cm;'
        'font-size:11.0pt;font-family:"Calibri",sans-serif}--></style></head><body lang="EN-GB">'
        '<div class="WordSection1">'
        f"{_paragraphs(w.words, 'MsoNormal')}{quoted.html}</div></body></html>"
    )
    charset = "gb2312" if w.story.language == "zh-Hans" else "utf-8"
    body = _alternative(w.words + quoted.text, html, charset, BASE64 if charset == "gb2312" else QP)
    more = {
        "Thread-Topic": w.story.subject if w.story.subject.isascii() else "",
        "X-Mailer": "Microsoft Outlook 16.0",
        "X-MS-Has-Attach": "yes" if w.story.pdf else "",
        "Content-Language": "zh-CN" if charset == "gb2312" else "en-GB",
    }
    return _finish(w, _with_files(w, body), f"DB9PR04MB-{w.story.key}@eurprd04.outlook.example", charset, more)


def _android(w: WrittenStory) -> bytes:
    quoted = quoting.outlook(w, before="\n\nGet Outlook for Android<https://aka.ms/AAb9ysg>")
    html = f'<html><body><div dir="auto">{_divs(w.words)}</div>{quoted.html}</body></html>'
    body = _alternative(w.words + quoted.text, html, "utf-8", QP)
    return _finish(w, body, f"PAXPR-{w.story.key}@eurprd02.outlook.example", "utf-8")


def _apple(w: WrittenStory) -> bytes:
    quoted = quoting.apple(w)
    zh = w.story.language.startswith("zh")
    text = f"{w.words}\n\n{'发自我的 iPhone' if zh else 'Sent from my iPhone'}{quoted.text}"
    part = _text(text, "plain", "utf-8", BASE64 if zh else QP)
    more = {"X-Mailer": "iPhone Mail (20B110)"}
    return _finish(w, _with_files(w, part), f"{w.story.key.upper()}-7C41-4B0E@icloud.example", "utf-8", more)


def _qq(w: WrittenStory) -> bytes:
    quoted = quoting.qq(w)
    html = f'<div style="font-family:微软雅黑;font-size:14px">{_divs(w.words)}</div>{quoted.html}'
    body = _alternative(w.words + quoted.text, html, "gb18030", BASE64)
    more = {"X-QQ-MIME": "TCMime 1.0 by Tencent", "X-Mailer": "QQMail 2.x", "X-Priority": "3"}
    return _finish(w, _with_files(w, body), f"tencent_{w.story.key.upper()}06@qq.example", "gb18030", more)


def _netease(w: WrittenStory) -> bytes:
    quoted = quoting.netease(w)
    style = "line-height:1.7;color:#000000;font-size:14px;font-family:Arial"
    html = f'<div style="{style}">{_divs(w.words)}</div>{quoted.html}'
    body = _alternative(w.words + quoted.text, html, "GBK", BASE64)
    more = {"X-Mailer": "Coremail Webmail Server Version XT5.0.13", "X-CM-TRANSID": f"XSgvCgD3_{w.story.key}"}
    return _finish(w, body, f"5b1c.{w.story.key}.Coremail.reader@163.example", "GBK", more)


def _plain(w: WrittenStory) -> bytes:
    more = (
        {"User-Agent": "Mutt/2.2.9"}
        if not w.story.automatic
        else {
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "In-Reply-To": f"<{quoting.NEWSLETTER_ID}>",
        }
    )
    return _finish(w, _text(w.words, "plain", "utf-8", QP), f"{w.story.key}.20@{_domain(w)}", "utf-8", more)


def _proton(w: WrittenStory) -> bytes:
    text = f"{w.words}\n\nSent with Proton Mail secure email."
    return _finish(w, _text(text, "plain", "utf-8", BASE64), f"q0x-{w.story.key}=@sealedpost.example", "utf-8")


def _html(w: WrittenStory) -> bytes:
    """No text part at all, as some web mail sends it, with a remote picture that must never be loaded."""
    html = (
        f'<html><body bgcolor="#fffdf7"><table width="600"><tr><td>{_paragraphs(w.words, "")}</td></tr></table>'
        f'<img src="https://track.webpost.example/open.gif?m={w.story.key}" width="1" height="1"></body></html>'
    )
    return _finish(w, _text(html, "html", "utf-8", QP), f"{w.story.key}.web@{_domain(w)}", "utf-8")


def _raw_gb18030(w: WrittenStory) -> bytes:
    """An old campus system: header and body as bare GB18030 bytes, labelled with the charset of its youth."""
    story = w.story
    head = [
        f"Received: from mail.laoyouju.example by mx.meridian.example; {format_datetime(w.sent)}",
        f"From: {story.name} <{story.email}>",
        f"To: <{w.to}>",
        f"Subject: {story.subject}",
        f"Date: {format_datetime(w.sent)}",
        f"Message-ID: <{story.key}.9f@laoyouju.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=gb2312",
        "Content-Transfer-Encoding: 8bit",
    ]
    return ("\n".join(head) + "\n\n" + w.words + "\n").encode("gb18030")


def _big5(w: WrittenStory) -> bytes:
    part = _text(w.words, "plain", "big5", BASE64)
    return _finish(w, part, f"{w.story.key}.01d5@hkbn.example", "big5", {"X-Mailer": "Microsoft Outlook Express 6.00"})


STYLES: dict[str, Callable[[WrittenStory], bytes]] = {
    "gmail": _gmail,
    "outlook": _outlook,
    "android": _android,
    "apple": _apple,
    "qq": _qq,
    "163": _netease,
    "plain": _plain,
    "proton": _proton,
    "html": _html,
    "raw-gb18030": _raw_gb18030,
    "big5": _big5,
}


def _finish(w: WrittenStory, body: Message, message_id: str, charset: str, more: dict[str, str] | None = None) -> bytes:
    """The whole message: the body's own headers last, as programs write them."""
    story = w.story
    head = Message()
    head["Return-Path"] = f"<{story.email}>"
    head["Received"] = f"from mail.{_domain(w)} by mx.meridian.example; {format_datetime(w.sent)}"
    name = Header(story.name, None if story.name.isascii() else charset).encode()
    head["From"] = f"{name} <{story.email}>" if story.name else story.email
    head["To"] = f"{MERIDIAN} <{w.to}>" if story.quotes else w.to
    head["Subject"] = _subject(story.subject, charset)
    head["Date"] = format_datetime(w.sent)
    head["Message-ID"] = f"<{message_id}>"
    if story.quotes:
        head["In-Reply-To"] = head["References"] = f"<{quoting.NEWSLETTER_ID}>"
    for key, value in (more or {}).items():
        if value:
            head[key] = value
    for key, value in body.items():
        head[key] = value
    head.set_payload(body.get_payload())
    return head.as_bytes(policy=UNFOLDED)


def _subject(subject: str, charset: str) -> str:
    return subject if subject.isascii() else Header(subject, charset, header_name="Subject").encode()


def _text(text: str, subtype: str, charset: str, encoding: int) -> Message:
    how = Charset(charset)
    how.body_encoding = encoding
    part = MIMENonMultipart("text", subtype, charset=charset)
    part.set_payload(text.rstrip() + "\n", how)
    return part


def _alternative(text: str, html: str, charset: str, encoding: int) -> Message:
    # boundaries are fixed: the same demo gives the same bytes
    both = MIMEMultipart("alternative", boundary="=_alternative_7d1f")
    both.attach(_text(text, "plain", charset, encoding))
    both.attach(_text(html, "html", charset, encoding))
    return both


def _with_files(w: WrittenStory, body: Message) -> Message:
    story = w.story
    if not story.photos and not story.pdf:
        return body
    mixed = MIMEMultipart("mixed", boundary="=_mixed_41c9")
    mixed.attach(body)
    for name in story.photos:
        photo = pictures.draw(name, w.sent)
        part = MIMEImage(photo.content, "jpeg", name=photo.file_name)
        part.add_header("Content-Disposition", "attachment", filename=photo.file_name)
        mixed.attach(part)
    if story.pdf:
        pdf = MIMEApplication(pictures.pdf(story.pdf, w.sent), "pdf", name=f"{story.pdf}.pdf")
        pdf.add_header("Content-Disposition", "attachment", filename=f"{story.pdf}.pdf")
        mixed.attach(pdf)
    return mixed


def _domain(w: WrittenStory) -> str:
    return w.story.email.split("@")[1]


def _divs(text: str) -> str:
    return "".join(f"<div>{quoting.escaped(line) or '<br>'}</div>" for line in text.split("\n"))


def _paragraphs(text: str, css: str) -> str:
    opening = f'<p class="{css}">' if css else "<p>"
    lines = (quoting.escaped(block).replace("\n", "<br>") for block in text.split("\n\n"))
    return "".join(f"{opening}{block}</p>\n" for block in lines)
