import pytest

from tests.limits import time_limit
from tests.mail.letters import mail
from tipline.mail import html
from tipline.mail.parse import arrival
from tipline.mail.quotes import split

NEW = "My family is in Hong Kong.\nI have been stuck here since March."
NEW_ZH = "我被困在上海，已经两个月了。\n家人都在香港。"
OLD = "Tell us your story.\nWe will read it."

# One per language and program, as they write them.
ATTRIBUTIONS = [
    "On Mon, May 4, 2020 at 9:00 AM The Newsroom <tips@newsroom.example> wrote:",
    "On 4 May 2020, at 09:00, The Newsroom <tips@newsroom.example> wrote:",
    "On Mon, May 4, 2020 at 9:00 AM The Newsroom With Quite A Long Name\n<tips@newsroom.example> wrote:",
    "On Monday, May 4, 2020, 9:00:12 AM GMT+8, The Newsroom <tips@newsroom.example> wrote:",
    "Le lun. 4 mai 2020 à 09:00, The Newsroom <tips@newsroom.example> a écrit :",
    "Am 04.05.20 um 09:00 schrieb The Newsroom:",
    "Am Mo., 4. Mai 2020 um 09:00 Uhr schrieb The Newsroom <tips@newsroom.example>:",
    "El lun, 4 may 2020 a las 9:00, The Newsroom (<tips@newsroom.example>) escribió:",
    "Il giorno lun 4 mag 2020 alle ore 09:00 The Newsroom <tips@newsroom.example> ha scritto:",
    "Em seg., 4 de mai. de 2020 às 09:00, The Newsroom <tips@newsroom.example> escreveu:",
    "Op ma 4 mei 2020 om 09:00 schreef The Newsroom <tips@newsroom.example>:",
    "pon., 4 maj 2020 o 09:00 The Newsroom <tips@newsroom.example> napisał(a):",
    "W dniu 04.05.2020 o 09:00, The Newsroom pisze:",
    "пн, 4 мая 2020 г. в 09:00, The Newsroom <tips@newsroom.example>:",
    "4 мая 2020 г., в 9:00, The Newsroom <tips@newsroom.example> написал(а):",
    "2020年5月4日(月) 9:00 The Newsroom <tips@newsroom.example>:",
    "2020年5月4日 9:00、The Newsroom <tips@newsroom.example>のメール:",
    "2020년 5월 4일 (월) 오전 9:00, The Newsroom <tips@newsroom.example>님이 작성:",
    "Den mån 4 maj 2020 kl 09:00 skrev The Newsroom <tips@newsroom.example>:",
    "Den man. 4. maj 2020 kl. 09.00 skrev The Newsroom <tips@newsroom.example>:",
    "man. 4. mai 2020 kl. 09:00 skrev The Newsroom <tips@newsroom.example>:",
    "ma 4. toukok. 2020 klo 9.00 The Newsroom (tips@newsroom.example) kirjoitti:",
    "po 4. 5. 2020 v 9:00 odesílatel The Newsroom <tips@newsroom.example> napsal:",
    "The Newsroom <tips@newsroom.example>, 4 May 2020 Pzt, 09:00 tarihinde şunu yazdı:",
    "בתאריך יום ב׳, 4 במאי 2020 ב-9:00 מאת The Newsroom <tips@newsroom.example>:",
    "في الاثنين، 4 مايو 2020 في 9:00 ص تمت كتابة ما يلي بواسطة The Newsroom <tips@newsroom.example>:",
    "The Newsroom <tips@newsroom.example> 于2020年5月4日周一 上午9:00写道：",
    "The Newsroom <tips@newsroom.example> 於 2020年5月4日 週一 上午9:00寫道：",
    "在 2020年5月4日，09:00，The Newsroom <tips@newsroom.example> 写道：",
    "在2020年05月04日 09:00，The Newsroom<tips@newsroom.example> 写道：",
    '在 2020-05-04 09:00:00，"The Newsroom" <tips@newsroom.example> 写道：',
    "The Newsroom <tips@newsroom.example> 在 2020年5月4日 上午9:00 寫道：",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
def test_history_is_introduced_in_many_languages(line: str, marked: bool) -> None:
    old = "".join(f"> {text}\n" for text in OLD.split("\n")) if marked else OLD
    reply = split(f"{NEW}\n\n{line}\n\n{old}")
    assert reply.new == NEW
    assert line in reply.quoted
    assert "Tell us your story." in reply.quoted


BLOCKS = [
    "From: The Newsroom <tips@newsroom.example>\nSent: Monday, May 4, 2020 9:00 AM\nTo: Mei\nSubject: Your story",
    "-----Original Message-----\nFrom: The Newsroom\nSent: Monday\nTo: Mei\nSubject: Your story",
    "________________________________\nFrom: The Newsroom <tips@newsroom.example>\nSent: Monday, May 4, 2020 9:00 AM",
    "Von: The Newsroom <tips@newsroom.example>\nGesendet: Montag, 4. Mai 2020 09:00\nAn: Mei\nBetreff: Ihre Geschichte",
    "De : The Newsroom <tips@newsroom.example>\nEnvoyé : lundi 4 mai 2020 09:00\nÀ : Mei\nObjet : Votre histoire",
    "De: The Newsroom <tips@newsroom.example>\nEnviado el: 4 de mayo de 2020 9:00\nPara: Mei\nAsunto: Su historia",
    "Da: The Newsroom <tips@newsroom.example>\nInviato: lunedì 4 maggio 2020 09:00\nA: Mei\nOggetto: La sua storia",
    "Van: The Newsroom <tips@newsroom.example>\nVerzonden: maandag 4 mei 2020 09:00\nAan: Mei\nOnderwerp: Uw verhaal",
    "Od: The Newsroom <tips@newsroom.example>\nWysłano: poniedziałek, 4 maja 2020 09:00\nDo: Mei\nTemat: Historia",
    "От: The Newsroom <tips@newsroom.example>\nОтправлено: 4 мая 2020 г. 9:00\nКому: Mei\nТема: История",
    "差出人: The Newsroom <tips@newsroom.example>\n送信日時: 2020年5月4日 9:00\n宛先: Mei\n件名: あなたの話",
    "보낸 사람: The Newsroom <tips@newsroom.example>\n보낸 날짜: 2020년 5월 4일\n받는 사람: Mei\n제목: 이야기",
    "Från: The Newsroom <tips@newsroom.example>\nSkickat: den 4 maj 2020 09:00\nTill: Mei\nÄmne: Din historia",
    "Fra: The Newsroom <tips@newsroom.example>\nSendt: 4. maj 2020 09:00\nTil: Mei\nEmne: Din historie",
    "发件人: The Newsroom <tips@newsroom.example>\n发送时间: 2020年5月4日 9:00\n收件人: 梅\n主题: 你的故事",
    "发件人：The Newsroom\n发送时间：2020年5月4日 9:00\n收件人：梅\n主题：你的故事",
    "寄件者: The Newsroom <tips@newsroom.example>\n寄件日期: 2020年5月4日 上午 09:00\n收件者: 梅\n主旨: 你的故事",
    '------------------ 原始邮件 ------------------\n发件人: "The Newsroom"<tips@newsroom.example>;\n'
    '发送时间: 2020年5月4日(星期一) 上午9:00\n收件人: "梅"<mei@qq.com>;\n主题: 你的故事',
    '------------------&nbsp;原始邮件&nbsp;------------------\n发件人: "The Newsroom"<tips@newsroom.example>;'.replace(
        "&nbsp;", " "
    ),
    '---原始邮件---\n发件人: "The Newsroom"<tips@newsroom.example>\n发送时间: 2020年5月4日(周一) 上午9:00',
    "---- 回复的原邮件 ----\n| 发件人 | The Newsroom<tips@newsroom.example> |\n| 日期 | 2020年05月04日 09:00 |",
    "-------- 原始信件 --------\n寄件人: The Newsroom <tips@newsroom.example>\n日期: 2020/5/4 上午9:00",
    "发件人： The Newsroom\n发送时间： 2020-05-04 09:00\n收件人： mei@example.org\n主题： 你的故事",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_history_is_introduced_by_header_blocks_in_many_languages(block: str) -> None:
    reply = split(f"{NEW_ZH}\n\n{block}\n\n{OLD}")
    assert reply.new == NEW_ZH
    assert "We will read it." in reply.quoted


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from Yahoo Mail for iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "发自我的iPhone",
        "发自我的华为手机",
        "发自 Outlook for Android",
        "從我的 iPhone 傳送",
        "来自我的小米手机",
        "发自我的QQ邮箱移动端",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Enviado do meu iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "iPhone'umdan gönderildi",
    ],
)
def test_what_a_phone_appends_is_signature(line: str) -> None:
    reply = split(f"{NEW_ZH}\n\n{line}\n\n{ATTRIBUTIONS[0]}\n\n> Tell us your story.")
    assert (reply.new, reply.signature) == (NEW_ZH, line)


def test_sentences_about_sending_are_no_signature() -> None:
    text = "Here is my story.\n\nSent from my desk, which is easier than my phone."
    assert split(text).new == text


def test_a_signature_behind_its_delimiter_is_apart() -> None:
    reply = split(f"{NEW}\n\n-- \nMei Lin\n+852 5555 0000\n")
    assert (reply.new, reply.signature) == (NEW, "-- \nMei Lin\n+852 5555 0000".replace("-- ", "--"))


def test_thanks_with_a_name_is_the_persons_word() -> None:
    text = f"{NEW}\n\nThanks,\nMei"
    assert split(text).new == text


def test_answers_between_and_below_quotes_are_kept_in_order() -> None:
    text = (
        "On 04/05/2020 09:00, The Newsroom wrote:\n> Where are you?\n\nIn Shanghai.\n\n> Since when?\nSince March.\n"
        "> May we call you?\n\nYes, please do.\n"
    )
    assert split(text).new.split("\n") == ["In Shanghai.", "", "Since March.", "", "Yes, please do."]


def test_an_answer_below_the_quote_is_new() -> None:
    assert (
        split("在 2020年5月4日，09:00，编辑 <tips@newsroom.example> 写道：\n> 你在哪里？\n\n我在上海。").new
        == "我在上海。"
    )


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, we should go.\nOn average it works.\n\nOn 5 May my boss wrote to us and we left.",
        "On 5 May my boss wrote:\nyou are all dismissed.\n\nThat was it.",
        "From: Shanghai\nTo: Hong Kong\nDate: 5 May\n\nThat was my flight, and it was cancelled.",
        "在2020年5月，我给航空公司写道：请退款。\n他们没有回复。",
        "Visit us >>> http://example.org <<<\nbye",
        ">_<\nI am sad.",
        "2020-01-15 14:30:25\n15.01.2020 14:30\nthese are the times when I called.",
        "My question: where is the embassy?\nSubject: visas",
        "The forwarded message said that we must leave.\nWe left.",
    ],
)
def test_stories_that_look_a_little_like_history_are_whole(text: str) -> None:
    reply = split(text)
    assert reply.new == text
    assert not reply.forwarded


FORWARDS = [
    "---------- Forwarded message ---------\nFrom: Ann <ann@example.org>\nDate: Mon, May 4, 2020 at 9:00 AM\n"
    "Subject: Help\nTo: <mei@example.org>\n\n\n{}",
    "Begin forwarded message:\n\n> From: Ann <ann@example.org>\n> Subject: Help\n> Date: 4 May 2020 at 09:00:00 GMT+8\n"
    "> To: mei@example.org\n> \n> {}",
    "-------- Forwarded Message --------\nSubject: \tHelp\nDate: \tMon, 4 May 2020 09:00:00 +0800\n"
    "From: \tAnn <ann@example.org>\nTo: \tmei@example.org\n\n{}",
    "---------- 转发的邮件 ---------\n发件人： Ann <ann@example.org>\n日期： 2020年5月4日\n主题： 求助\n\n{}",
    '------------------ 转发邮件 ------------------\n发件人: "Ann"<ann@example.org>;\n主题: 求助\n\n{}',
    '-------- 转发邮件信息 --------\n发件人："Ann" <ann@example.org>\n发送日期：2020-05-04 09:00:00\n主题：求助\n\n{}',
    "开始转发的邮件：\n\n> 发件人: Ann <ann@example.org>\n> 日期: 2020年5月4日\n> 主题: 求助\n> \n> {}",
    "---------- Weitergeleitete Nachricht ---------\nVon: Ann <ann@example.org>\nBetreff: Hilfe\n\n{}",
]


@pytest.mark.parametrize("form", FORWARDS)
def test_a_bare_forward_gives_the_forwarded_text(form: str) -> None:
    reply = split(form.format("Ann is stuck in Shanghai."))
    assert reply.new == "Ann is stuck in Shanghai."
    assert reply.forwarded
    assert "ann@example.org" in reply.quoted


@pytest.mark.parametrize("form", FORWARDS)
def test_a_forward_with_words_keeps_the_words_as_new(form: str) -> None:
    reply = split("This came from my sister.\n\n" + form.format("Ann is stuck in Shanghai."))
    assert reply.new == "This came from my sister."
    assert reply.forwarded
    assert "Ann is stuck in Shanghai." in reply.quoted


def from_html(markup: str) -> str:
    return split(html.marked(markup)).new


@pytest.mark.parametrize(
    "markup",
    [
        '<div>Here is my story.</div><div class="gmail_quote"><div class="gmail_attr">On May 4, 2020 The Desk wrote:'
        "<br></div><blockquote>Tell us.</blockquote></div>",
        '<p>Here is my story.</p><div><blockquote type="cite"><div>On 4 May 2020, at 09:00, The Newsroom '
        "&lt;tips@newsroom.example&gt; wrote:</div><div>Tell us.</div></blockquote></div>",
        '<p>Here is my story.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        "<p><b>From:</b> The Newsroom &lt;tips@newsroom.example&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Mei<br>"
        "<b>Subject:</b> Your story</p></div><p>Tell us.</p>",
        '<div>Here is my story.</div><div><br></div><div style="font-size: 12px">------------------&nbsp;原始邮件&nbsp;'
        '------------------</div><div style="color:red"><div><b>发件人:</b>&nbsp;"编辑"&lt;tips@newsroom.example'
        "&gt;;</div><div><b>主题:</b>&nbsp;你的故事</div></div><div>Tell us.</div>",
        '<div>Here is my story.</div><div class="yahoo_quoted"><div>On Monday, The Newsroom wrote:</div>Tell us.</div>',
        '<div>Here is my story.</div><blockquote id="isReplyContent"><div>At 2020-05-04</div>Tell us.</blockquote>',
        '<p>Here is my story.</p><div class="moz-cite-prefix">Am 04.05.20 um 09:00 schrieb Redaktion:<br></div>'
        '<blockquote type="cite" cite="mid:x">Tell us.</blockquote>',
    ],
)
def test_history_in_html_is_known_by_its_structure(markup: str) -> None:
    assert from_html(markup) == "Here is my story."


def test_a_block_quotation_that_the_person_made_is_kept() -> None:
    text = from_html("<p>They told us:</p><blockquote>Go home.</blockquote><p>So we went.</p>")
    assert "Go home." in text
    assert "So we went." in text


def test_nothing_is_lost_between_the_three_parts() -> None:
    text = f"{NEW}\n\n-- \nMei\n\n{ATTRIBUTIONS[0]}\n> {OLD}\nand below\n"
    reply = split(text)
    parts = "\n".join((reply.new, reply.quoted, reply.signature)).split()
    assert sorted(parts) == sorted(text.split())


def test_an_arrival_carries_the_parts() -> None:
    got = arrival(mail(f"{NEW_ZH}\n\n发自我的iPhone\n\n{BLOCKS[17]}\n\n请告诉我们", charset="gb18030", label="gb2312"))
    assert (got.text, got.signature, got.language) == (NEW_ZH, "发自我的iPhone", "zh-Hans")
    assert "请告诉我们" in got.quoted


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2_000_000,
        ">" * 2_000_000,
        " " * 2_000_000 + "x",
        "-" * 2_000_000,
        "On 1 May 2020 at 9:00 " * 90_000,
        "wrote 12:00 " * 160_000,
        "From: a@b.c To: " * 120_000,
        "@" * 2_000_000,
        "发件人：" * 500_000,
    ],
)
def test_a_line_of_two_million_characters_is_read_before_the_parsers_time_is_over(text: str) -> None:
    with time_limit(30):
        split(text)
