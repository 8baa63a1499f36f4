"""Family, and whom of it somebody is parted from."""

import pytest

from tests.core.fact_extraction.reading import values
from tipline.vocabularies import FactKind


def family(text: str) -> list[str]:
    return [value for value in values(FactKind.RELATION, text) if not value.startswith("separated-")]


def parted(text: str) -> set[str]:
    said = values(FactKind.RELATION, text)
    return {value.removeprefix("separated-from-") for value in said if value.startswith("separated-")}


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("my 4-year-old son and our two young daughters", ["son", "daughter"]),
        ("I'm here, wife and kids are there", ["wife", "child"]),
        ("the kids ask", ["child"]),
        ("I am a mother of two", ["child"]),
        ("father of three girls", ["daughter"]),
        ("my fiancé", ["fiance"]),
        ("her grandmother, my mother-in-law, my brother", ["grandparent", "parent-in-law", "sibling"]),
        ("Mum died", ["mother"]),
        ("我老婆孩子", ["wife", "child"]),
        ("妻儿", ["wife", "child"]),
        ("爺爺嫲嫲、外子、我媽", ["grandparent", "husband", "mother"]),
        ("先生在深圳", ["husband"]),
    ],
)
def test_family_is_read(text: str, relations: list[str]) -> None:
    assert family(text) == relations


@pytest.mark.parametrize(
    "text",
    [
        "I have no children and no wife. We don't have kids.",
        "the children at the school, many mothers, other parents",
        "my mother tongue, our sister company, the children's hospital, Mother's Day",
        "my brother-in-law, my business partner",
        "我没有孩子，也没有老婆，没女儿",
        "隔壁老太太、陈太太、王先生、母亲节",
        "他叫我“妈妈”",
    ],
)
def test_none_and_others_are_no_family(text: str) -> None:
    assert family(text) == []


def test_a_child_is_not_said_again_beside_a_daughter() -> None:
    assert family("My daughter is four. My child is alone.") == ["daughter"]
    assert family("My child is alone.") == ["child"]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("I haven't seen my kids since.", {"child"}),
        ("My daughter is stuck in Wuhan with her grandmother while I'm in Sydney.", {"child"}),
        ("My son was born in May, and I have never held him.", {"child"}),
        ("My parents are old. I live in Vancouver. I cannot get to them.", {"parent"}),
        ("I am separated from my wife and our children.", {"spouse", "child"}),
        ("We were separated at a counter. My wife Jing, our daughter Molly and me.", {"spouse", "child"}),
        ("My child is kept from me.", {"child"}),
        ("husband in Beijing, me in Karachi", {"spouse"}),
        ("She's my fiancée. She is in Kunming; I'm a nurse in Manchester.", {"spouse"}),
        ("My husband and I have been apart for a year.", {"spouse"}),
        ("I have two kids, whom I have not seen in a year", {"child"}),
        ("They won't let me back in to be with my children.", {"child"}),
        ("I had to leave my little girl with her grandparents in Hefei.", {"child"}),
        ("I was forced to leave my daughter behind.", {"child"}),
        ("My boys are growing up without me.", {"child"}),
        ("my fiance and i havent seen each other since feb", {"spouse"}),
        ("My wife can't get a visa to join me.", {"spouse"}),
        ("I couldn't go home to see my dying mother.", {"parent"}),
        ("The last time I hugged my son was in January 2020.", {"child"}),
        ("我把女儿留在了武汉，自己困在悉尼。", {"child"}),
        ("孩子滞留在菲律宾，我们夫妻俩在广州急死了。", {"child"}),
        ("我先生在深圳，我在香港", {"spouse"}),
        ("我個仔喺深圳，我喺香港", {"child"}),
        ("老婆孩子都在国内，我一个人在迪拜", {"spouse", "child"}),
        ("与孩子分离一年了", {"child"}),
        ("见不到女儿", {"child"}),
        ("我已經十七個月沒見過孩子", {"child"}),
        ("孩子在国内，我在国外", {"child"}),
        ("我在東京，太太在臺北", {"spouse"}),
        ("我老婆孩子在福州，我在马德里", {"spouse", "child"}),
        ("女儿出生了，我还没有抱过她", {"child"}),
        ("夫妻两地分居", {"spouse"}),
        ("妈妈病了，我回不去", {"parent"}),
        ("爸爸病了，妈妈老了。见不到他们。", {"parent"}),
    ],
)
def test_a_sentence_says_whom_one_is_parted_from(text: str, groups: set[str]) -> None:
    assert parted(text) == groups


@pytest.mark.parametrize(
    "text",
    [
        "I have no children. I haven't seen them.",
        "My wife and I are in Shanghai. My daughter is with us in Shanghai.",
        "I haven't met my boss. My son is well.",
        "I have not seen my son's school.",
        "My parents live in Leeds and I live in London.",
        "My father asks what I learned. I can't see the doctor.",
        "我没有孩子，见不到光",
        "我和老婆都在上海",
        "父母在长沙，我在北京工作",
        "看不到希望，儿子说没事",
        "I left my wife in 2015. I left my son a note.",
        "My daughter works in Boston and I live in Leeds.",
        "I took my kids to Shanghai to see their grandparents.",
        "女儿在上海读大学，我在苏州工作",
        "我带孩子回北京看爷爷奶奶",
        "我没见过这种事",
    ],
)
def test_whoever_is_only_spoken_of_is_not_parted_from(text: str) -> None:
    assert parted(text) == set()
