"""What the list of questions in an acknowledgement says around them, in each language that readers are written to in.

The choices of consent are those of the form, word for word. A new language is one more entry here, in
acknowledge.DEFAULT_WORDS and in proofs.WORDS.
"""

from dataclasses import dataclass

from tipline.models import QuestionKind


@dataclass(frozen=True, slots=True)
class MailWords:
    """One language. `intro`, `told`, `consent_hint` and `end` are one line each: answers are found by them."""

    intro: str
    end: str
    optional: str
    only_if: str
    either: str  # between options of a condition
    told: str  # under the question whose answer the mail may be already
    yes_no: tuple[str, str]
    rating: str
    mark_of: str  # how a rating is written down
    kinds: dict[QuestionKind, str]
    consent: str
    consents: tuple[str, str, str, str]
    consent_hint: str
    form: str
    page: str


WORDS = {
    "en": MailWords(
        intro="If you like, tell us more: answer this mail and write below each question. Leave out what you want.",
        end="That is all we ask. Thank you.",
        optional=" (optional)",
        only_if="Only if your answer to {number} is: {options}",
        either=" / ",
        told="If your mail says this already, leave it out.",
        yes_no=("Yes", "No"),
        rating="A number from 1 (lowest) to {most} (highest).",
        mark_of="{mark} of {most}",
        kinds={
            QuestionKind.ONE: "Choose one.",
            QuestionKind.SEVERAL: "Choose all that fit.",
            QuestionKind.YES_NO: "Yes or no.",
            QuestionKind.NUMBER: "A number.",
            QuestionKind.DATE: "A date, like 2021-06-22.",
            QuestionKind.MONTH: "A month, like 2021-06.",
            QuestionKind.LINK: "A web address.",
        },
        consent="What may we publish?",
        consents=(
            "My words, with my name. We send you the exact quote first.",
            "My words, without my name. We leave out what would give you away.",
            "Ask me first. We publish nothing until you have said yes.",
            "Nothing: for your background only.",
        ),
        consent_hint="Choose one. You can change it later. Without an answer we publish nothing.",
        form="Or answer in the form, where what you wrote already stands:\n{link}",
        page="On your own page you see what you sent, change what we may publish, or delete it all:\n{link}\n\n"
        "The links alone open nothing. The page sends a code to this address.",
    ),
    "zh_Hans": MailWords(
        intro="如果您愿意，请多告诉我们一些：直接回复本邮件，把答案写在每个问题下面。不想回答的可以略过。",
        end="我们要问的就是这些。谢谢您。",
        optional="（选填）",
        only_if="仅当您对第 {number} 题的回答是：{options}",
        either=" / ",
        told="如果您的来信已经说过，可以略过。",
        yes_no=("是", "否"),
        rating="1（最低）到 {most}（最高）之间的一个数字。",
        mark_of="{mark}（共 {most}）",
        kinds={
            QuestionKind.ONE: "选一项。",
            QuestionKind.SEVERAL: "符合的都可以选。",
            QuestionKind.YES_NO: "是或否。",
            QuestionKind.NUMBER: "一个数字。",
            QuestionKind.DATE: "日期，例如 2021-06-22。",
            QuestionKind.MONTH: "年月，例如 2021-06。",
            QuestionKind.LINK: "网址。",
        },
        consent="我们可以刊登什么？",
        consents=(
            "我说的话，可以署我的名字。我们会先把要引用的原句发给您看。",
            "我说的话，不要署我的名字。我们会略去可能暴露您身份的内容。",
            "请先问我。您点头之前，我们什么都不刊登。",
            "什么都不刊登，只供你们了解背景。",
        ),
        consent_hint="选一项，以后可以更改。您不回答，我们就什么都不刊登。",
        form="也可以在表单里回答，您写过的内容已经在里面：\n{link}",
        page="在您自己的页面上，可以查看您发来的内容、更改我们可以刊登什么，或者全部删除：\n{link}\n\n"
        "仅有链接打不开任何内容，页面会向这个邮箱发送验证码。",
    ),
    "zh_Hant": MailWords(
        intro="如果您願意，請多告訴我們一些：直接回覆本郵件，把答案寫在每個問題下面。不想回答的可以略過。",
        end="我們要問的就是這些。謝謝您。",
        optional="（選填）",
        only_if="僅當您對第 {number} 題的回答是：{options}",
        either=" / ",
        told="如果您的來信已經說過，可以略過。",
        yes_no=("是", "否"),
        rating="1（最低）到 {most}（最高）之間的一個數字。",
        mark_of="{mark}（共 {most}）",
        kinds={
            QuestionKind.ONE: "選一項。",
            QuestionKind.SEVERAL: "符合的都可以選。",
            QuestionKind.YES_NO: "是或否。",
            QuestionKind.NUMBER: "一個數字。",
            QuestionKind.DATE: "日期，例如 2021-06-22。",
            QuestionKind.MONTH: "年月，例如 2021-06。",
            QuestionKind.LINK: "網址。",
        },
        consent="我們可以刊登什麼？",
        consents=(
            "我說的話，可以署我的名字。我們會先把要引用的原句發給您看。",
            "我說的話，不要署我的名字。我們會略去可能暴露您身份的內容。",
            "請先問我。您點頭之前，我們什麼都不刊登。",
            "什麼都不刊登，只供你們瞭解背景。",
        ),
        consent_hint="選一項，以後可以更改。您不回答，我們就什麼都不刊登。",
        form="也可以在表單裡回答，您寫過的內容已經在裡面：\n{link}",
        page="在您自己的頁面上，可以查看您寄來的內容、更改我們可以刊登什麼，或者全部刪除：\n{link}\n\n"
        "僅有連結打不開任何內容，頁面會向這個信箱寄送驗證碼。",
    ),
}
