"""In which language a story is: for the list's filter, for fonts, and for voices that read it aloud."""

import pytest

from tipline.core.text.language import guess


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("谢谢！", "zh-Hans"),
        ("謝謝", "zh-Hant"),
        ("我们在上海", "zh-Hans"),
        ("我們在上海", "zh-Hant"),
        ("台灣", "zh-Hant"),
        ("中国", "zh-Hans"),
        ("香港返唔到屋企", "zh-Hant"),
        ("我哋喺香港", "zh-Hant"),
        ("皇后在发言", "zh-Hans"),
        ("我被困在上海了三個月，沒有人幫助我們，簽證也過期了。", "zh-Hant"),
        ("我被困在上海三个月了，没有人帮助我们，签证也过期了。", "zh-Hans"),
    ],
)
def test_chinese_is_told_by_characters_that_only_one_way_of_writing_has(text: str, expected: str) -> None:
    assert guess(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Help!", "en"),
        ("Stuck in Shanghai.", "en"),
        ("Thank you", "en"),
        ("We wait at the border with two children.", "en"),
        ("Bonjour, je suis bloqué à Shanghai", "fr"),
        ("Hola, estoy en Madrid", "es"),
        ("Ich bin in Berlin", "de"),
        ("Grazie mille", "it"),
        ("Muito obrigado, não posso voltar", "pt"),
        ("Bedankt, ik kan niet naar huis", "nl"),
        ("Jag kan inte komma hem", "sv"),
        ("Olen jumissa Shanghaissa, en pääse kotiin", "fi"),
        ("Jestem w Warszawie i nie mogę wrócić", "pl"),
        ("Nemohu se vrátit domů", "cs"),
        ("Nu pot să mă întorc acasă", "ro"),
        ("Nem tudok hazamenni, kérem segítsenek, köszönöm", "hu"),
        ("Merhaba, ben İstanbul'dayım", "tr"),
        ("Tôi không thể về nhà", "vi"),
        ("Saya tidak bisa pulang", "id"),
    ],
)
def test_short_texts_in_latin_letters_are_told_by_their_common_words(text: str, expected: str) -> None:
    assert guess(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("こんにちは", "ja"),
        ("東京から帰れません", "ja"),
        ("안녕하세요", "ko"),
        ("Спасибо", "ru"),
        ("Дякую, ми в Києві", "uk"),
        ("Мен Алматыдамын, үйге қайта алмаймын", "kk"),
        ("أنا في دبي", "ar"),
        ("من در تهران هستم و نمی‌توانم برگردم، گفتند چند روز دیگر", "fa"),
        ("مەن ئۈرۈمچىدە تۇرىمەن", "ug"),
        ("བཀྲ་ཤིས་བདེ་ལེགས", "bo"),
        ("שלום", "he"),
        ("สวัสดี", "th"),
        ("नमस्ते", "hi"),
        ("Γεια σας", "el"),
    ],
)
def test_other_scripts_tell_their_language(text: str, expected: str) -> None:
    assert guess(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My son 在武汉", "zh-Hans"),
        ("你好 hello", "zh-Hans"),
        ("I am stuck 我被困在上海了", "zh-Hans"),
        ("I work for 腾讯 in the city of 深圳 and I have a question for you.", "en"),
        ("My husband and I were separated at Shanghai. 我们的孩子在广州。 Nobody can tell us when it ends.", "en"),
        ("Ich schreibe aus 上海 und bin seit März nicht mehr zu Hause gewesen.", "de"),
        ("Мой сын учится в Harbin, и мы не можем его забрать.", "ru"),
        ("see https://news.example/the/story/of/it/and/more 谢谢", "zh-Hans"),
    ],
)
def test_a_mixed_text_is_in_the_language_that_most_of_it_is_in(text: str, expected: str) -> None:
    assert guess(text) == expected


@pytest.mark.parametrize("text", ["", "12345", "OK", "Li Wei, 13800138000", "Shanghai Beijing", "😀😀", "a@b.example"])
def test_nothing_is_said_of_what_is_too_short_to_tell(text: str) -> None:
    assert guess(text) == ""


def test_words_that_several_languages_have_decide_nothing() -> None:
    assert guess("de la") == ""
    assert guess("in") == ""
