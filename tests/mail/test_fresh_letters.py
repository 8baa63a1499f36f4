"""A letter that answers nothing is shown whole; the history of a real answer is folded."""

import pytest

from tests.mail.letters import mail
from tipline.mail import html
from tipline.mail.parse import arrival, describe
from tipline.mail.quotes import split

STORY = "I have waited at the border since March."
MORE = "Nobody came to help us, and the children were cold."
OLD = "Tell us your story."

TOLD = [
    "At 3:15 am she wrote:",
    "Yesterday at 10:30 pm my husband wrote:",
    "On 5 May at 9:00 the consul wrote:",
    "On Monday at 9:00 he wrote to me:",
    "昨天晚上10:30，他写道：",
    "今天上午9:00，使馆在通知里写道：",
    "凌晨3點15分，她寫道：",
    "昨天下午2:40，領事館寫道：",
    "Hier à 22h30, il a écrit :",
    "Le 5 mai à 9:00 mon patron a écrit :",
    "Anoche a las 10:30 ella escribió:",
    "El 5 de mayo a las 9:00 mi jefe escribió:",
    "Gestern um 22:30 schrieb er:",
    "Am 5. Mai um 9:00 schrieb mein Chef:",
    "Вчера в 22:30 она написала:",
    "5 мая в 9:00 начальник написал:",
    "昨夜10:30に彼が書きました：",
    "어제 밤 10:30에 그가 작성했습니다:",
    "أمس الساعة 10:30 كتب لي:",
    "Ieri alle 22:30 ha scritto:",
    "Ontem às 22:30 ela escreveu:",
]


@pytest.mark.parametrize("line", TOLD)
@pytest.mark.parametrize("quote", [MORE, f"> {MORE}"], ids=["plain", "marked"])
def test_a_sentence_with_a_time_folds_nothing_in_a_fresh_letter(line: str, quote: str) -> None:
    text = f"{STORY}\n\n{line}\n\n{quote}\n\n{STORY}"
    got = arrival(mail(text))
    assert (got.text, got.quoted, got.signature) == (text, "", "")


SHAPES = {
    "dialogue": f"{STORY}\n\n> Where is your passport?\n\nI gave it to him.\n\n> Then wait.\n\n{MORE}",
    "dialogue first": f"> Who are you?\n\n{STORY}",
    "poem": f"{STORY}\n\nFrom: the hills\nTo: the sea\nSubject: longing\nDate: no day\n\n{MORE}",
    "poem zh": f"{STORY}\n\n发件人：山\n收件人：海\n主题：思念\n日期：无\n\n{MORE}",
    "poem fr": f"{STORY}\n\nDe : la colline\nÀ : la mer\nObjet : l'absence\n\n{MORE}",
    "bare words": f"{STORY}\n\nOriginal message:\n\n{MORE}",
    "bare words zh": f"{STORY}\n\n原始邮件：\n\n{MORE}",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_dialogue_and_poems_in_a_fresh_letter_are_shown(text: str) -> None:
    got = arrival(mail(text))
    assert (got.text, got.quoted, got.signature) == (text, "", "")


def test_a_block_quotation_at_the_end_of_a_fresh_letter_is_shown() -> None:
    markup = f"<p>{STORY}</p><p>They told us:</p><blockquote>{MORE}</blockquote>"
    assert MORE in arrival(mail(markup, content_type="text/html")).text


@pytest.mark.parametrize("rule", ["--", "-- ", "____", "________", "====", "=========="])
@pytest.mark.parametrize(
    "half",
    [
        "Then we went to the embassy, and they closed the door.\nThe next morning we tried again.",
        "后来我们去了使馆，他们不让我们进门。\n第二天我们又去了。",
        "Later I wrote to consul@embassy.example and asked them for help with the papers.\nThey never answered me.",
    ],
)
def test_the_second_half_of_a_letter_below_a_rule_is_shown(rule: str, half: str) -> None:
    got = arrival(mail(f"{STORY}\n\n{rule}\n\n{half}"))
    assert half in got.text
    assert got.signature == ""


def test_a_postscript_below_a_formal_close_is_shown() -> None:
    got = arrival(mail(f"{STORY}\n\nBest regards,\nMei\n\nP.S. They have my passport"))
    assert "They have my passport" in got.text


@pytest.mark.parametrize(
    "line",
    [
        "Sent with love from all of us",
        "Sent from my heart",
        "Sent from a cell in the basement",
        "Sent from my phone while hiding in the cellar",
        "Sent via my cousin in Almaty",
        "发自内心的感谢",
        "发自内心地求你们帮帮我们",
        "發自內心的感謝",
        "来自我的家乡的求救",
        "从我的手机里他们删了照片发送",
        "Envoyé de mon village, sans espoir",
        "Enviado desde mi celda en la cárcel",
        "Gesendet von meiner Mutter, die nicht schreiben kann",
        "Отправлено из тюрьмы",
        "أرسلت من داخل السجن",
        "刑務所から送信",
        "감옥에서 보냄",
    ],
)
def test_a_last_line_that_begins_like_a_phones_signature_is_shown(line: str) -> None:
    assert arrival(mail(f"{STORY}\n\n{line}")).text == f"{STORY}\n\n{line}"


@pytest.mark.parametrize("line", ["从我的iPhone发送", "从 Outlook for iOS 发送", "從我的手機傳送", "发自我的企业微信"])
def test_a_phones_signature_with_the_device_inside_is_apart(line: str) -> None:
    assert split(f"{STORY}\n\n{line}").signature == line


ANSWERS = {
    "gmail": "On Mon, May 4, 2020 at 9:00 AM The Newsroom <tips@newsroom.example> wrote:\n> {}",
    "gmail zh": "The Newsroom <tips@newsroom.example> 于2020年5月4日周一 上午9:00写道：\n> {}",
    "outlook": "From: The Newsroom <tips@newsroom.example>\nSent: Monday, May 4, 2020 9:00 AM\nTo: Mei\nSubject: A\n\n{}",  # noqa: E501
    "outlook fr": "De : Desk <tips@newsroom.example>\nEnvoyé : lundi 4 mai 2020 09:00\nÀ : Mei\nObjet : A\n\n{}",
    "apple": "> On 4 May 2020, at 09:00, The Newsroom <tips@newsroom.example> wrote:\n> \n> {}",
    "thunderbird de": "Am 04.05.20 um 09:00 schrieb The Newsroom:\n> {}",
    "thunderbird es": "El 4/5/20 a las 9:00, The Newsroom escribió:\n> {}",
    "yahoo": "On Monday, May 4, 2020, 9:00:12 AM GMT+8, The Newsroom <tips@newsroom.example> wrote:\n\n{}",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "Desk"<tips@newsroom.example>;\n主题: A\n\n{}',
    "netease": '在 2020-05-04 09:00:00，"The Newsroom" <tips@newsroom.example> 写道：\n> {}',
    "foxmail": "发件人： The Newsroom\n发送时间： 2020-05-04 09:00\n收件人： mei@example.org\n主题： A\n\n{}",
    "proton": "------- Original Message -------\nOn Monday, May 4th, 2020 at 9:00 AM, Desk <t@n.example> wrote:\n\n> {}",  # noqa: E501
    "samsung": "-------- Original message --------\nFrom: Desk <t@n.example>\nDate: 04/05/2020 09:00\nSubject: A\n\n{}",
    "mail.ru": "пн, 4 мая 2020 г. в 09:00, The Newsroom <tips@newsroom.example>:\n> {}",
    "ja": "2020年5月4日(月) 9:00 The Newsroom <tips@newsroom.example>:\n> {}",
    "ko": "2020년 5월 4일 (월) 오전 9:00, The Newsroom <tips@newsroom.example>님이 작성:\n> {}",
    "ar": "في الاثنين، 4 مايو 2020 في 9:00 ص تمت كتابة ما يلي بواسطة Desk <tips@newsroom.example>:\n> {}",
}


@pytest.mark.parametrize("form", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("known", ["headers", "subject", "text alone"])
def test_our_own_letter_never_comes_back_as_the_readers_words(form: str, known: str) -> None:
    extra = b"In-Reply-To: <letter-1@newsroom.example>\n" if known == "headers" else b""
    raw = mail(f"{STORY}\n\n{form.format(OLD)}", subject="Re: A" if known == "subject" else "A", extra=extra)
    got = describe(raw)
    assert got["visible_reply"] == STORY
    assert OLD in str(got["quoted"])


def test_history_in_a_container_of_a_known_program_is_folded_without_headers() -> None:
    markup = f'<div>{STORY}</div><div class="gmail_quote"><blockquote>{OLD}</blockquote></div>'
    assert split(html.marked(markup), answers=False).new == STORY


def test_the_innermost_letter_of_a_forward_of_a_forward_reaches_the_story() -> None:
    head = (
        "---------- Forwarded message ---------\nFrom: Ann <ann@example.org>\nDate: Mon, May 4, 2020\nSubject: Help\n\n"
    )
    got = arrival(mail(f"{head}{head}{STORY}", subject="Fwd: Fwd: Help"))
    assert (got.text, got.forwarded) == (STORY, True)


def test_the_words_of_everybody_who_passed_a_letter_on_reach_the_story() -> None:
    head = '下面是被转发的邮件：\n\n发件人: "Ann"<ann@example.org>\n日期: 2020年5月4日\n主题: 求助\n\n'
    got = arrival(mail(f"请看\n\n{head}我表姐写的\n\n{head}{STORY}", subject="转发：求助"))
    assert got.text == f"请看\n\n我表姐写的\n\n{STORY}"


def test_a_mail_enclosed_in_an_enclosed_mail_is_the_story() -> None:
    def enclosing(inner: bytes) -> bytes:
        begin = b"From: mei@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="
        edge = b"b%d" % len(inner)
        return (
            begin + edge + b"\n\n--" + edge + b"\nContent-Type: message/rfc822\n\n" + inner + b"\n--" + edge + b"--\n"
        )

    assert arrival(enclosing(enclosing(mail(STORY)))).text == STORY
