"""The words of mail programs in their languages: what introduces a forward, names its headers, or cites."""

import pytest

from tipline.core.arrival import Address
from tipline.mail import quotes
from tipline.mail.author import of_block
from tipline.mail.quotes import split

NEW = "Please look at this, it is what happened to us."
OLD = "Hello team,\n\nwe were stopped at the border and had to wait for two days.\n\nBessie"

# Apple Mail's line above a forward, and how it names sender, date, subject, recipient and reply address.
APPLE = {
    "cs": "Začátek přeposílané zprávy:|Od|Datum|Předmět|Komu|Odpověď na",
    "el": "Αρχή προωθημένου μηνύματος:|Από|Ημερομηνία|Θέμα|Προς|Απάντηση σε",
    "hr": "Započni proslijeđenu poruku:|Šalje|Datum|Predmet|Prima|Odgovori na",
    "hu": "Továbbított levél kezdete:|Feladó|Dátum|Tárgy|Címzett|Válaszcím",
    "ko": "전달된 메시지:|보낸 사람|날짜|제목|받는 사람|답장",
    "ro": "Începe mesajul redirecționat:|Expeditorul|Dată|Subiectul|Destinatarul|Răspuns către",
    "ru": "Начало переадресованного сообщения:|Отправитель|Дата|Тема|Кому|Ответ-Кому",
    "sk": "Začiatok preposlanej správy:|Od|Dátum|Predmet|Pre|Odpovedať-Pre",
    "sv": "Vidarebefordrat mejl:|Från|Datum|Ämne|Till|Svara till",
    "tr": "İleti başlangıcı:|Kimden|Tarih|Konu|Kime|Yanıt Adresi",
    "uk": "Початок листа, що пересилається:|Від кого|Дата|Тема|Кому|Кому відповісти",
    "vi": "Bắt đầu thư được chuyển tiếp:|Từ|Ngày|Chủ đề|Đến|Trả lời",
    "zh-Hant": "開始轉寄郵件：|寄件人|日期|主旨|收件人|回覆",
}


def _block(names: str) -> tuple[str, str]:
    line, sender, date, subject, to, reply_to = names.split("|")
    head = (
        f"{sender}: John Doe <john.doe@acme.example>",
        f"{subject}: Two days",
        f"{date}: October 25, 2021 at 11:17:21",
        f"{to}: Bessie Berry <bessie.berry@acme.example>, ann@globex.example",
        f"{reply_to}: John Doe <john.doe@acme.example>",
    )
    return line, "\n".join(head)


@pytest.mark.parametrize("names", APPLE.values(), ids=APPLE)
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
def test_a_forward_is_known_by_the_line_above_it(names: str, marked: bool) -> None:
    line, head = _block(names)
    letter = f"{head}\n\n{OLD}"
    reply = split(f"{NEW}\n\n{line}\n\n" + ("> " + letter.replace("\n", "\n> ") if marked else letter))
    assert (reply.new, reply.forwarded) == (NEW, True)


@pytest.mark.parametrize("names", APPLE.values(), ids=APPLE)
def test_history_is_known_by_its_headers_alone(names: str) -> None:
    _, head = _block(names)
    reply = split(f"{NEW}\n\n{head}\n\n{OLD}")
    assert (reply.new, reply.forwarded) == (NEW, False)


@pytest.mark.parametrize("names", APPLE.values(), ids=APPLE)
def test_what_was_passed_on_begins_below_its_headers(names: str) -> None:
    line, head = _block(names)
    inner = quotes.passed_on(f"{NEW}\n\n{line}\n\n{head}\n\n{OLD}")
    assert inner.text == OLD


@pytest.mark.parametrize(
    "line",
    [
        "-------- Välitetty viesti / Fwd.Msg --------",
        "-------- Preposlaná správa --- Forwarded Message --------",
        "-------- Proslijeđena poruka --------",
        "--- Treść przekazanej wiadomości ---",
        "----- Перенаправлене повідомлення -----",
        "-------- 转发的消息 --------",
    ],
)
def test_a_forward_is_known_by_what_stands_between_dashes(line: str) -> None:
    head = "From: John Doe <john.doe@acme.example>\nDate: Mon, 25 Oct 2021 11:17\nTo: Bessie <b@acme.example>"
    reply = split(f"{NEW}\n\n{line}\n{head}\n\n{OLD}")
    assert (reply.new, reply.forwarded) == (NEW, True)


@pytest.mark.parametrize(
    "line",
    [
        "Lainaus John Doe <john@acme.example>:",
        "Zitat von John Doe <john@acme.example>:",
        "Citando John Doe <john@acme.example>:",
        "Citeren John Doe <john@acme.example>:",
        "* John Doe <john@acme.example> [2021-05-03 10:11]:",
        "+++ John Doe [2021-05-03 10:11]:",
        "2016-03-03 17:21 GMT+01:00 John Doe",
        "---Original---",
        "-----Original-----",
    ],
)
def test_what_programs_write_right_above_a_quote_is_history_too(line: str) -> None:
    reply = split(f"{NEW}\n\n{line}\n\n> " + OLD.replace("\n", "\n> "))
    assert reply.new == NEW
    assert line in reply.quoted


@pytest.mark.parametrize(
    "line",
    [
        "John Doe <john@acme.example> wrote:",
        '"John Doe" <john@acme.example> schrieb:',
        "John Doe schrieb am 03.05.2021 um 10:11:",
        "John Doe wrote on 3 May 2021 10:11:",
        "суббота, 14 марта 2015 г. пользователь etewiah написал:",
    ],
)
def test_a_line_that_only_programs_write_introduces_history_without_marks(line: str) -> None:
    assert split(f"{NEW}\n\n{line}\n\n{OLD}").new == NEW


@pytest.mark.parametrize(
    "line",
    [
        "My friend Ann <ann@acme.example> wrote:",
        "My mother wrote on the wall of our house:",
        "Citando un amico:",
        "The original",
        "- Original",
        "Отправитель: моя мать",
        "[2021-05-03 10:11]: we stood at the gate",
    ],
)
def test_prose_that_looks_like_it_stays(line: str) -> None:
    text = f"{NEW}\n\n{line}\n\n{OLD}"
    assert split(text).new == text


BLOCKS = {
    "yahoo-fr": '   ----- Message transmis ----- De : John Doe <john.doe@acme.example>À : "bessie@acme.example" '
    "<bessie@acme.example>Cc : Ann <ann@acme.example>; Bo <bo@acme.example>"
    "Envoyé : mardi 2 novembre 2021, 09:26:50 UTC+1Objet : Two days\n ",
    "yahoo-en": "   ----- Forwarded Message ----- From: John Doe <john.doe@acme.example>To: Bo <bo@acme.example>"
    "Sent: Tuesday, November 2, 2021, 09:26:50 AM GMT+1Subject: Two days\n ",
    "hubspot-ja": "---------- メッセージを転送 ---------\n送信元：John Doe <john.doe@acme.example>\n"
    "日付：2022年9月19日月曜日 17:55:44 -0400\n件名：Two days\n送信先：bessie@acme.example\n\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_a_forward_and_who_wrote_it_are_read_in_the_shapes_of_more_programs(block: str) -> None:
    text = f"{NEW}\n\n{block}{OLD}"
    inner = quotes.passed_on(text)
    assert (split(text).new, split(text).forwarded) == (NEW, True)
    assert inner.text.strip() == OLD
    assert of_block(inner.head) == Address("john.doe@acme.example", "John Doe")


def test_a_message_that_is_quoted_with_its_headers_is_what_was_passed_on() -> None:
    head = "---------- Original Message ----------\nFrom: John Doe <john.doe@acme.example>\nDate: 02/10/2023 4:52 PM"
    text = f"{NEW}\n\n> " + f"{head}\nSubject: Two days\n\n\n{OLD}".replace("\n", "\n> ")
    inner = quotes.passed_on(text)
    assert (split(text).new, inner.text) == (NEW, OLD)
    assert of_block(inner.head) == Address("john.doe@acme.example", "John Doe")


@pytest.mark.parametrize(
    "line",
    [
        "From My Iphone 6",
        "Sent from my cell, please excuse any typos.",
        "Sent from my HTC M8 Android phone.  Please excuse typos",
        "Get Outlook for iOShttps://aka.ms/o0ukef",
        "Von Outlook für iOS gesendet",
        "Holen Sie sich Outlook für iOS",
        "Dikirim dari iPhone saya",
        "ส่งจาก iPhone ของฉัน",
    ],
)
def test_what_a_phone_appends_is_signature(line: str) -> None:
    reply = split(f"{NEW}\n\n{line}\n")
    assert (reply.new, reply.signature) == (NEW, line)


@pytest.mark.parametrize("line", ["From my phone, I saw the whole street.", "Sent from one office to the next, sorry."])
def test_what_a_person_says_of_phones_and_offices_stays(line: str) -> None:
    assert split(f"{NEW}\n\n{line}\n").new == f"{NEW}\n\n{line}"
