import pytest

from tests.mail.letters import mail, word
from tipline.mail import charsets
from tipline.mail.parse import describe

STORY = "我被困在上海已经两个月，航班取消了，家人都在香港。请帮助我们！"
TRADITIONAL = "我被困在上海已經兩個月，航班取消了，家人都在香港。請幫助我們！"
JAPANESE = "上海に二か月も足止めされています。家族は香港にいます。"
KOREAN = "상하이에 두 달째 갇혀 있습니다. 가족은 홍콩에 있습니다."
RUSSIAN = "Я уже два месяца нахожусь в Шанхае, рейсы отменены."


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030", "x-gbk", '"gb2312"', "cp936", "GB_2312-80"])
def test_the_gbk_family_is_read_as_gb18030_whatever_it_is_called(label: str) -> None:
    body = "囧朱镕基𠮷" + STORY  # characters that GB2312 has not
    assert charsets.decode(body.encode("gb18030"), label) == body


def test_utf8_bytes_under_a_gb2312_label_are_read_as_utf8() -> None:
    assert charsets.decode(STORY.encode(), "gb2312") == STORY


def test_gbk_bytes_under_a_utf8_label_are_read_as_gb18030() -> None:
    assert charsets.decode(STORY.encode("gbk"), "utf-8") == STORY


@pytest.mark.parametrize("label", ["iso-8859-1", "us-ascii", "windows-1252", "", "x-unknown", "8bit"])
def test_gbk_bytes_without_a_true_label_are_detected(label: str) -> None:
    assert charsets.decode(STORY.encode("gbk"), label) == STORY


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (STORY, "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp1251"),
    ],
)
def test_text_without_a_label_is_detected(text: str, codec: str) -> None:
    assert charsets.decode(text.encode(codec)) == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (STORY, "hz", "hz-gb-2312"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (JAPANESE, "iso2022_jp", ""),
        (KOREAN, "iso2022_kr", "iso-2022-kr"),
        (TRADITIONAL, "big5", "big5"),
        (KOREAN, "euc_kr", "ks_c_5601-1987"),
        (RUSSIAN, "koi8_r", "koi8-r"),
        ("naïve “quoted” €", "cp1252", "iso-8859-1"),
        ("Hi Mom -+Jjo--!", "ascii", "us-ascii"),
        ("é à", "utf-7", "utf-7"),
        (STORY, "utf-16", "utf-16"),
    ],
)
def test_declared_charsets_are_read(text: str, codec: str, label: str) -> None:
    assert charsets.decode(text.encode(codec), label) == text


def test_utf8_cut_inside_a_character_keeps_all_the_others() -> None:
    assert charsets.decode(STORY.encode()[:-1], "utf-8").startswith(STORY[:-1])


def test_gb18030_with_a_broken_byte_is_still_gb18030() -> None:
    data = STORY.encode("gb18030")
    assert STORY[-12:] in charsets.decode(data[:10] + b"\xff" + data[10:], "gb2312")


def test_latin_text_under_a_latin_label_is_not_taken_for_chinese() -> None:
    text = "Ça m'a coûté très cher: là où j'étais bloqué, l'hôtel était fermé."
    assert charsets.decode(text.encode("latin-1"), "iso-8859-1") == text


def test_codecs_that_are_no_charsets_are_not_used() -> None:
    assert charsets.codec("base64") == charsets.codec("rot13") == charsets.codec("unicode_escape") == ""


def test_adjacent_encoded_words_are_joined_before_decoding() -> None:
    data = "边境关闭".encode("gbk")
    head = b"=?GBK?Q?" + b"".join(b"=%02X" % byte for byte in data[:3]) + b"?=\n =?GBK?Q?"
    subject = head + b"".join(b"=%02X" % byte for byte in data[3:]) + b"?="
    assert describe(mail(subject=subject))["subject"] == "边境关闭"


def test_base64_words_cut_inside_a_quantum_are_joined() -> None:
    assert describe(mail(subject=b"=?utf-8?B?6L65?= =?utf-8?B?5aKD5YWz6Zet?="))["subject"] == "边境关闭"
    assert describe(mail(subject=b"=?utf-8?B?6L655?= =?utf-8?B?aKD5YWz6Zet?="))["subject"] == "边境关闭"


@pytest.mark.parametrize(
    "subject",
    [
        word("边境关闭", "gbk", "gb2312"),
        word("边境", "gbk") + b" " + word("关闭", "utf-8"),
        b"=?UTF-8?Q?=E8=BE=B9=E5=A2=83?=\n\t=?UTF-8?Q?=E5=85=B3=E9=97=AD?=",
        b"=?utf-8*zh?B?6L655aKD5YWz6Zet?=",
        b"=?utf-8?B?6L655aKD5YWz6Zet",
        b"=?utf-8?B?6L655aKD5YWz6Zet==?=",
        "边境关闭".encode(),
        "边境关闭".encode("gbk"),
        "=?utf-8?Q?边境关闭?=".encode(),
        word("边境\r\n 关闭", "utf-8").replace(b"=?utf-8", b"=?UTF-8"),
    ],
)
def test_subjects_in_every_shape_that_programs_send(subject: bytes) -> None:
    found = describe(mail(STORY, charset="gb18030", subject=subject))["subject"]
    assert str(found).replace("  ", "").replace(" ", "") == "边境关闭"


def test_a_decoded_header_never_holds_a_line_end() -> None:
    subject = describe(mail(subject=word("Hi\r\nBcc: all@example.org", "utf-8")))["subject"]
    assert subject == "Hi Bcc: all@example.org"


def test_a_latin_footer_below_utf8_keeps_both_readable() -> None:
    data = "Atención: no podíamos volver a casa.\n".encode() + "É proibida a divulgação, são dados próprios.".encode(
        "cp1252"
    )
    text = "Atención: no podíamos volver a casa.\nÉ proibida a divulgação, são dados próprios."
    assert charsets.decode(data, "utf-8") == text


def test_single_latin_letters_under_a_utf8_label_are_read_as_latin() -> None:
    text = "Ça va, nous avons passé la frontière à la fin de l'année."
    assert charsets.decode(text.encode("cp1252"), "utf-8") == text


@pytest.mark.parametrize("codec", ["gbk", "big5", "shift_jis", "euc_jp", "euc_kr", "koi8_r", "cp1251"])
def test_other_charsets_under_a_utf8_label_are_still_detected(codec: str) -> None:
    text = {"gbk": STORY, "big5": TRADITIONAL, "shift_jis": JAPANESE, "euc_jp": JAPANESE, "euc_kr": KOREAN}.get(
        codec, RUSSIAN
    )
    assert charsets.decode(text.encode(codec), "utf-8") == text


@pytest.mark.parametrize("label", ["utf-8", "", "x-unknown"])
@pytest.mark.parametrize(
    "text",
    [
        "déjà vu à la française",
        "Le 3 août, l'été à Genève était très agréable et nous étions là.",
        "Grüße aus Köln",
        "señor",
        "Não é possível",
        "Åsa är på väg",
        "£5 – “fine”",
    ],
)
def test_western_letters_without_a_true_label_are_not_taken_for_cyrillic(text: str, label: str) -> None:
    assert charsets.decode(text.encode("cp1252"), label) == text


@pytest.mark.parametrize("label", ["utf-8", "", "x-unknown"])
@pytest.mark.parametrize(
    "text", ["Привет", "Я из Москвы, пишу в Guardian. Мой e-mail: ivan@mail.example", "Hi Иван and Мария"]
)
def test_cyrillic_letters_beside_latin_words_stay_cyrillic(text: str, label: str) -> None:
    assert charsets.decode(text.encode("cp1251"), label) == text


@pytest.mark.parametrize("label", ["", "us-ascii", "utf-8", "x-unknown"])
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("שלום", "iso8859_8"),
        ("תודה רבה", "cp1255"),
        ("שלום, שמי דנה. אנחנו תקועים בשנגחאי מאז ה־3 בפברואר.", "cp1255"),
        ("שָׁלוֹם לְכֻלָּם, אֲנַחְנוּ תְּקוּעִים", "cp1255"),
        ("Hello, my name is דנה כהן and I am stuck in Shanghai", "iso8859_8"),
        ("Γεια σας", "iso8859_7"),
        ("Έχουμε αποκλειστεί στη Σαγκάη από τον Φεβρουάριο· η πτήση μας ακυρώθηκε.", "cp1253"),
        ("Άννα: «Δεν ξέρουμε τι να κάνουμε», 500 €", "iso8859_7"),
        ("ΕΙΜΑΣΤΕ ΑΠΟΚΛΕΙΣΜΕΝΟΙ ΣΤΗ ΣΑΓΚΑΗ", "cp1253"),
        ("Hello, my name is Ελένη Παπαδοπούλου and I am stuck", "cp1253"),
    ],
)
def test_hebrew_and_greek_without_a_charset_are_read(text: str, codec: str, label: str) -> None:
    assert charsets.decode(text.encode(codec), label) == text


@pytest.mark.parametrize("codec", ["cp1251", "koi8_r"])
@pytest.mark.parametrize("text", ["спасибо", "как дела", "где ваши дела", "Анна Иванова", "сын один дома у бабушки"])
def test_a_few_russian_words_are_not_taken_for_hebrew_or_greek(text: str, codec: str) -> None:
    assert charsets.decode(text.encode(codec)) == text


def test_a_single_accent_between_latin_words_is_no_cyrillic_letter() -> None:
    assert charsets.decode("on va à Paris".encode("cp1252")) == "on va à Paris"


@pytest.mark.parametrize("raw", [b"+2AA-", b"+3AA-", b"a+2ADYAA-b"])
def test_half_a_character_in_utf7_can_be_written_down(raw: bytes) -> None:
    text = charsets.decode(raw, "utf-7")
    assert "\ufffd" in text and text.encode()


def test_a_whole_character_in_utf7_stays_one() -> None:
    assert charsets.decode("a😀b".encode("utf-7"), "utf-7") == "a😀b"


@pytest.mark.parametrize("label", ["iso-2022-jp", "ISO-2022-JP-MS", "", "x-unknown"])
def test_necs_row_13_in_iso_2022_jp_is_read(label: str) -> None:
    row_13 = b"\x1b$B-!-b-j\x1b(B"  # ①, №, ㈱
    data = "国境で".encode("iso2022_jp") + row_13 + " 5 人".encode("iso2022_jp")
    assert charsets.decode(data, label) == "国境で①№㈱ 5 人"
