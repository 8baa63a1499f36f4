"""What the front itself answers: a page in the reader's language, which says that nothing was saved."""

from html import escape

WORDS = {
    "en": {
        400: ("This request can't be read", "Nothing was saved. Go back and try again."),
        408: ("The connection was too slow", "Nothing was saved. Go back and send again, without files first."),
        413: ("This is too large", "Nothing was saved. Go back, remove the largest file, and send again."),
        414: ("This address is too long", "Nothing was saved. Go back and try again."),
        429: (
            "Too many uploads from your network",
            "Nothing was saved. Go back, wait a minute, and send again. What you typed should still be there.",
        ),
        500: ("Something went wrong", "Go back and try again in a minute."),
        503: (
            "Too many requests at the moment",
            "Nothing was saved. Go back, wait a minute, and send again. What you typed should still be there.",
        ),
    },
    "zh-Hans": {
        400: ("无法读取这个请求", "什么都没有保存。请返回后重试。"),
        408: ("网络连接太慢", "什么都没有保存。请返回，先不附文件，再发送一次。"),
        413: ("内容太大", "什么都没有保存。请返回，去掉最大的文件，再发送一次。"),
        414: ("网址太长", "什么都没有保存。请返回后重试。"),
        429: (
            "来自您所在网络的上传太多",
            "什么都没有保存。请返回，等一分钟再发送。您填写的内容应该还在。",
        ),
        500: ("出了点问题", "请返回，过一分钟再试。"),
        503: ("现在请求太多", "什么都没有保存。请返回，等一分钟再发送。您填写的内容应该还在。"),
    },
    "zh-Hant": {
        400: ("無法讀取這個請求", "什麼都沒有保存。請返回後再試一次。"),
        408: ("網路連線太慢", "什麼都沒有保存。請返回，先不附檔案，再送出一次。"),
        413: ("內容太大", "什麼都沒有保存。請返回，移除最大的檔案，再送出一次。"),
        414: ("網址太長", "什麼都沒有保存。請返回後再試一次。"),
        429: (
            "來自您所在網路的上傳太多",
            "什麼都沒有保存。請返回，等一分鐘再送出。您填寫的內容應該還在。",
        ),
        500: ("出了點問題", "請返回，過一分鐘再試。"),
        503: ("目前請求太多", "什麼都沒有保存。請返回，等一分鐘再送出。您填寫的內容應該還在。"),
    },
}


def language(accepted: str) -> str:
    """Of the three that the front speaks, the one that an Accept-Language header names first."""
    first = accepted.partition(",")[0].partition(";")[0].strip().lower()
    if not first.startswith("zh"):
        return "en"
    return "zh-Hant" if any(part in first for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"


def page(status: int, accepted: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and content."""
    tongue = language(accepted)
    heading, text = WORDS[tongue][status]
    content = (
        f'<!doctype html><html lang="{tongue}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(heading)}</title>'
        f"<h1>{escape(heading)}</h1><p>{escape(text)}</p></html>\n"
    ).encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status in (429, 503):
        headers.append((b"retry-after", b"60"))
    return headers, content
