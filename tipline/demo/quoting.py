"""How each mail program hangs the message that is answered or forwarded below the new words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Protocol

from tipline.demo.stories import Story, newsletter

NEWSLETTER_ID = "china-letter.214@news.meridian.example"
NEWSLETTER_SUBJECT = "The China Letter: a border that stays shut"
SENDER, ADDRESS = "The Meridian", "china@meridian.example"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_ZH = "一二三四五六日"


class QuotedStory(Protocol):
    """What is needed of a letter; see `letters.Written`."""

    @property
    def story(self) -> Story: ...
    @property
    def sent(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Quoted:
    """Empty where nothing hangs below."""

    text: str = ""
    html: str = ""


def escaped(text: str) -> str:
    return escape(text, quote=False)


def _published(w: QuotedStory) -> datetime:
    """The newsletter went out in the morning, some hours before the first answers."""
    early = w.sent - timedelta(days=max(0.0, 10.2 - w.story.days))
    return early.replace(hour=7, minute=0, second=0, microsecond=0)


def _arrows(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _lines(text: str) -> str:
    return escaped(text).replace("\n", "<br>\n")


def gmail(w: QuotedStory) -> Quoted:
    if not w.story.quotes:
        return Quoted()
    at = _published(w)
    if w.story.language.startswith("zh"):
        when = f"{at.year}年{at.month}月{at.day}日周{DAYS_ZH[at.weekday()]} {at:%H:%M}"
        line = f"{SENDER} <{ADDRESS}> 于{when}写道："
    else:
        line = f"On {at:%a}, {at.day} {at:%b %Y} at {at:%H:%M}, {SENDER} <{ADDRESS}> wrote:"
    html = (
        f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escaped(line)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
        f'padding-left:1ex">{_lines(newsletter())}</blockquote></div>'
    )
    return Quoted(f"\n\n{line}\n\n{_arrows(newsletter())}", html)


def outlook(w: QuotedStory, before: str = "") -> Quoted:
    if not (w.story.quotes or w.story.forwards):
        return Quoted(before, _lines(before))
    at = _published(w)
    zh = w.story.language.startswith("zh")
    from_, sent, to, subject = (
        ("发件人:", "发送时间:", "收件人:", "主题:") if zh else ("From:", "Sent:", "To:", "Subject:")
    )
    when = f"{DAYS[at.weekday()]}, {at:%B} {at.day}, {at.year} {at:%I:%M %p}"
    head = [
        (from_, f"{SENDER} <{ADDRESS}>"),
        (sent, when),
        (to, f"{w.story.name} <{w.story.email}>"),
        (subject, NEWSLETTER_SUBJECT),
    ]
    text = "\n".join(f"{key} {value}" for key, value in head)
    html = (
        f'{_lines(before)}<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{"<br>".join(f"<b>{key}</b> {escaped(value)}" for key, value in head)}</p></div>'
        f'<p class="MsoNormal">{_lines(newsletter())}</p>'
    )
    return Quoted(f"{before}\n\n________________________________\n{text}\n\n{newsletter()}", html)


def apple(w: QuotedStory) -> Quoted:
    at = _published(w)
    if w.story.forwards:
        head = (
            f"From: {SENDER} <{ADDRESS}>\nDate: {at.day} {at:%B %Y} at {at:%H:%M:%S} GMT\n"
            f"To: {w.story.name} <{w.story.email}>\nSubject: {NEWSLETTER_SUBJECT}"
        )
        return Quoted(f"\n\nBegin forwarded message:\n\n{_arrows(head)}\n>\n{_arrows(newsletter())}")
    if w.story.quotes:
        line = f"On {at.day} {at:%b %Y}, at {at:%H:%M}, {SENDER} <{ADDRESS}> wrote:"
        return Quoted(f"\n\n> {line}\n>\n{_arrows(newsletter())}")
    return Quoted()


def qq(w: QuotedStory) -> Quoted:
    if not (w.story.quotes or w.story.forwards):
        return Quoted()
    at = _published(w)
    when = (
        f"{at.year}年{at.month}月{at.day}日(星期{DAYS_ZH[at.weekday()]}) {'上午' if at.hour < 12 else '下午'}{at:%I:%M}"
    )
    head = [
        ("发件人:", f'"{SENDER}" <{ADDRESS}>;'),
        ("发送时间:", when),
        ("收件人:", f'"{w.story.name}"<{w.story.email}>;'),
        ("主题:", NEWSLETTER_SUBJECT),
    ]
    rule = "------------------"
    what = "转发邮件" if w.story.forwards else "原始邮件"
    text = "\n".join(f"{key}  {value}" for key, value in head)
    html = (
        f'<div><br></div><div style="font-size:12px;padding:2px 0">{rule}&nbsp;{what}&nbsp;{rule}</div>'
        '<div style="font-size:12px;background:#efefef;padding:8px">'
        + "".join(f"<div><b>{key}</b>&nbsp;{escaped(value)}</div>" for key, value in head)
        + f"</div><div>{_lines(newsletter())}</div>"
    )
    return Quoted(f"\n\n\n{rule} {what} {rule}\n{text}\n\n\n\n{newsletter()}", html)


def netease(w: QuotedStory) -> Quoted:
    if not w.story.quotes:
        return Quoted()
    at = _published(w)
    line = f'在 {at:%Y-%m-%d %H:%M:%S}，"{SENDER}" <{ADDRESS}> 写道：'
    html = (
        f'<br><br><p>{escaped(line)}</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; '
        f'MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">{_lines(newsletter())}</blockquote>'
    )
    return Quoted(f"\n\n\n\n\n{line}\n\n{_arrows(newsletter())}", html)
