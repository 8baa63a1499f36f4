"""Mails as large as any that is read, made to cost as much as they can: `WORST` by name, each from a size in bytes."""

import base64
from collections.abc import Callable

from tipline.mail.structure import Limits

LARGE = Limits().size - 1000
HEAD = b"From: mei@reader.example\nSubject: x\nMessage-ID: <a@reader.example>\n"
HTML = HEAD + b"Content-Type: text/html\n\n"
PLAIN = HEAD + b"\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
ARCHIVE = b"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n"
IMAGE = b"Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n"
MOST_LINES = 2_900_000  # beyond about as many a message is set aside
ON = b"On 1 May 2020 at 9:00, a@b.c wrote:\n"

Make = Callable[[int], bytes]


def _of(head: bytes, piece: bytes, most: int = LARGE) -> Make:
    """A head and then one thing again and again."""
    return lambda size: head + piece * (min(size, most) // len(piece))


def _text(charset: str, words: str, most: int = LARGE) -> Make:
    return _of(HEAD + f"Content-Type: text/plain; charset={charset}\n\n".encode(), words.encode(charset), most)


def _parts(head: bytes, piece: bytes, count: int = 990) -> Make:
    """Many parts that share the size."""
    return lambda size: (
        MIXED + (b"--b\n" + head + b"\n" + piece * (size // count // len(piece)) + b"\n") * count + b"--b--\n"
    )


def _deep(size: int) -> bytes:
    levels = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(size // 2500))
    return HEAD + b"".join(levels)


def _nested(size: int, depth: int = 3) -> bytes:
    """Messages in messages in messages, twenty in each."""
    if not depth:
        return HTML + b"<p>x</p>\n" * (size // 8000 // 9)
    inner, edge = _nested(size, depth - 1), b"L%d" % depth
    parts = (b"--" + edge + b"\nContent-Type: message/rfc822\n\n" + inner + b"\n") * 20
    return HEAD + b"Content-Type: multipart/mixed; boundary=" + edge + b"\n\n" + parts + b"--" + edge + b"--\n"


def _file(piece: bytes) -> Make:
    return lambda size: MIXED + b"--b\n" + ARCHIVE + piece * (size // len(piece)) + b"\n--b--\n"


def _coded(head: bytes, piece: bytes) -> Make:
    head = HEAD + head + b"Content-Transfer-Encoding: base64\n\n"
    return lambda size: head + base64.encodebytes(piece * (size * 73 // 100 // len(piece)))


def _aside(size: int) -> bytes:
    """A text and a thousand HTML parts beside it."""
    beside = (b"--b\nContent-Type: text/html\n\n" + b"<p>%d y z</p>" % n * (size // 16_000) + b"\n" for n in range(990))
    return MIXED + b"--b\n\n" + b"a b c d e f\n" * (size // 100) + b"".join(beside) + b"--b--\n"


def _long_boundary(size: int) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=" + (b"b" * (size // 20) + b"\n\n--") * 20


WORST: dict[str, Make] = {
    # structure
    "10,000 levels of MIME": _deep,
    "10,000 parts": _parts(b"", b"x", 10_000),
    "a thousand texts": _parts(b"", b"x y z "),
    "a thousand HTML parts": _parts(b"Content-Type: text/html\n", b"<p>x y z</p>"),
    "a text and a thousand HTML parts": _aside,
    "a thousand files": _parts(IMAGE, b"QUFB"),
    "a thousand messages": _parts(b"Content-Type: message/rfc822\n\nContent-Type: text/html\n", b"<b>x</b>"),
    "messages in messages": _of(HEAD + b"Content-Type: message/rfc822\n\n", HEAD + b"Content-Type: message/rfc822\n\n"),
    "twenty messages in each of twenty": _nested,
    "a large message in base64": _coded(b"Content-Type: message/rfc822\n", HTML + b"<p>x</p>" * 100_000),
    "delimiters that are none": _of(MIXED, b"--x\n", 5_000_000),
    "delimiters, almost": _of(MIXED, b"--b "),
    "a long boundary": _long_boundary,
    # header
    "a million addresses": _of(b"From: a@b.c\nTo: ", b"a@b.example,\n ", 14_000_000),
    "a header line": _of(HEAD + b"X-Long: ", b"y"),
    "a million headers": _of(HEAD, b"a: b\n", 5_000_000),
    "a million senders": _of(b"", b"From: a@b.c\n"),
    "endless References": _of(b"From: a@b.c\nReferences: ", b"<a@b.example>\n "),
    "quotes and escapes in From": _of(b"From: ", b'"\\'),
    "a subject of =?": _of(b"Subject: ", b"=?"),
    "encoded words in From": _of(b"From: ", b"=?utf-8?q?=41?= "),
    "encoded words without end": _of(b"Subject: ", b"=?utf-8?b?QQ=="),
    "parameters in pieces": _of(b"Content-Type: text/plain; ", b"name*1=x;\n "),
    "a name of folders": _of(MIXED + b"--b\nContent-Disposition: attachment; filename=", b"../"),
    "lines that are no header": _of(b"From: a@b.c\n", b"no header\n"),
    "comments in a check": _of(b"Authentication-Results: mx; ", b"("),
    "a million checks": _of(b"", b"Authentication-Results: mx; dkim=pass header.d=b.c\n"),
    "a million Received": _of(b"From: a@b.c\n", b"Received: from x by y; Tue, 5 May 2020 10:00:00 +0800\n"),
    # transfer
    "a file of one line": _file(b"QUFB"),
    "padding in the middle of base64": _file(b"QQ=="),
    "stray characters in base64": _of(HEAD + b"Content-Transfer-Encoding: base64\n\n", b"AAAAAAAAAAAA!\n"),
    "quoted-printable": _of(HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n", b"=E6=88=91"),
    "uuencoded beginnings": _of(PLAIN, b"begin 644 a\n", 16_000_000),
    "a uuencoded file": _of(PLAIN + b"begin 644 a\n", b"M" + b"0" * 60 + b"\n"),
    "winmail.dat": _of(MIXED + b"--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\n", b"\x78\x9f\x3e\x22"),
    # text
    "one line": _of(PLAIN, b"x"),
    "one line of spaces": _of(PLAIN, b" "),
    "one line of dashes": _of(PLAIN, b"-"),
    "NUL": _of(PLAIN, b"\0"),
    "empty lines": _of(PLAIN, b"\n", MOST_LINES),
    "GBK": _text("gbk", "我们在上海。\n"),
    "ISO-2022-JP": _text("iso-2022-jp", "こん\n"),
    "UTF-7": _text("utf-7", "\u0101"),
    "UTF-16": _text("utf-16", "a"),
    "bytes of no charset": _of(PLAIN, bytes(range(128, 256))),
    "escapes": _of(PLAIN, b"\x1b$"),
    "flowed lines": _of(HEAD + b"Content-Type: text/plain; format=flowed\n\n", b"> x \n", 7_000_000),
    # history
    "quoted lines": _of(PLAIN, b"> x\n", 5_000_000),
    "a huge quoted history": _of(PLAIN + b"Hello\n\n" + ON, b"> " + b"x" * 70 + b"\n"),
    "marks of quoting": _of(PLAIN, b">" * 998 + b"\n"),
    "attributions": _of(PLAIN, ON),
    "beginnings of attributions": _of(PLAIN, b"On 1 May 2020 at 9:00\n"),
    "attributions in Chinese": _text("utf-8", "在 2020年5月4日，上午9:00，编辑 <a@b.c> 写道：\n"),
    "header blocks": _of(PLAIN, b"From: a@b.c\nSent: x\n\n", 10_000_000),
    "headers on one line": _of(PLAIN, b"From: a@b.c Date: x To: y Subject: z\n"),
    "forwards": _of(PLAIN, b"---------- Forwarded message ----------\nFrom: a@b.c\nSubject: x\n\n"),
    "signatures": _of(PLAIN, b"-- \nx\n", 4_000_000),
    "phones": _of(PLAIN, b"Sent from my iPhone\n"),
    "signed texts": _of(PLAIN, b"-----BEGIN PGP SIGNED MESSAGE-----\n\n"),
    "a bounce without end": _of(b"From: mailer-daemon@b.c\nSubject: Undeliverable\n\n", b"could not be "),
    # HTML
    "HTML nested without end": _of(HTML, b"<div>"),
    "HTML nested without end, in base64": _coded(b"Content-Type: text/html\n", b"<div>"),
    "HTML paragraphs": _of(HTML, b"<p>x y z</p>\n"),
    "HTML that the layout engine reads": _of(HTML, b"<table><tr><td>x</td><td>y</td></tr></table><p>a</p>", 390_000),
    "tables in tables": _of(HTML, b"<table><tr><td>" * 60 + b"x" + b"</td></tr></table>" * 60, 390_000),
    "an HTML table": _of(HTML + b"<table>", b"<tr><td>x</td><td>y</td></tr>"),
    "a row without end": _of(HTML + b"<table><tr>", b"<td>x</td>"),
    "HTML of nothing but <": _of(HTML, b"<"),
    "HTML lines": _of(HTML, b"<br>"),
    "HTML without size": _of(HTML + b"<div style='font-size:0'>" * 190, b"<b>x</b>", 390_000),
    "style sheets": _of(HTML, b"<style>"),
    "rules of one class": _of(HTML + b"<style>" + b".x.y{display:none}" * 200 + b"</style>", b"<p class=x>", 390_000),
    "comments in a style sheet": _of(HTML + b"<style>", b"/*", 390_000),
    "comments for Outlook": _of(HTML + b"<style></style>", b"<!--[if mso]>"),
    "attributes": _of(HTML + b"<p ", b"a=b "),
    "comments": _of(HTML, b"<!-- x -->"),
    "scripts": _of(HTML, b"<script>"),
    "quotes in quotes": _of(HTML, b"<blockquote type=cite>x"),
    "addresses as tags": _of(HTML, b"<a@b.c>"),
    "a picture in an attribute": _of(HTML + b"<img src='data:image/png;base64,", b"QUFB"),
}


def worst(name: str, size: int = LARGE) -> bytes:
    """The mail of that name, never larger than what is read."""
    return WORST[name](size)[:LARGE]
