"""Keys of fact types in any script, as names give them and as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.core.facts import fact_keys
from tipline.core.filters import Filters
from tipline.models import FactType, TypeKind


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Seat", "seat"),
        ("Way home", "way-home"),
        ("座位（靠窗）", "座位-靠窗"),
        ("2020年去向", "2020年去向"),
        ("Ｓｅａｔ", "seat"),
        ("वीज़ा", "वीज़ा"),
        ("สัญชาติ", "สัญชาติ"),
        ("الجنسية", "الجنسية"),
        ("= , :", ""),
    ],
)
def test_a_name_gives_a_key_in_its_own_script(name: str, key: str) -> None:
    made = fact_keys.key_of(name)
    assert made == fact_keys.key_of(key) == fact_keys.key_of(made)
    assert not set(made) & set(' ,="')


@pytest.mark.parametrize("name", ["Way home", "座位（靠窗）", "2020年去向", "वीज़ा", "สัญชาติ", "الجنسية"])
def test_the_key_of_a_name_is_typed_as_it_is(name: str) -> None:
    key = fact_keys.key_of(name)
    for typed in (f"fact:{key}=靠窗", f"fact：{key}＝靠窗", f'fact:"{name.replace("（", " ").replace("）", "")}=靠窗"'):
        wanted = Filters.parse(typed)
        assert (wanted.facts, wanted.problems) == (((f"{key}=靠窗",),), ()), typed
        assert Filters.parse(wanted.query()).facts == wanted.facts
    assert Filters.parse(f"fact:place=Wuhan,{key}=a").facts == (("place=Wuhan", f"{key}=a"),)


def types(**names: str) -> list[FactType]:
    return [FactType(id=n, key=key, name=name, kind=TypeKind.TEXT) for n, (key, name) in enumerate(names.items())]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("签证类型", "签证类型"),
        ("簽證類型", "签证类型"),
        ("舱位", "座位"),
        ("座位", "座位"),
        ("ROW", "row"),
        ("nothing", None),
        ("", None),
        ("=", None),
    ],
)
def test_a_type_is_meant_by_its_key_or_by_the_name_that_it_has_now(typed: str, key: str | None) -> None:
    known = types(签证类型="签证类型", 座位="舱位", row="座位")
    found = fact_keys.called(known, typed)
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("a=1,000,b", ["a=1,000", "b"]),
        ("座位=靠窗，签证=Z", ["座位=靠窗", "签证=Z"]),
        ("place=Washington, D.C.", ["place=Washington, D.C."]),
        ("वीज़ा=a,สัญชาติ=b", ["वीज़ा=a", "สัญชาติ=b"]),
        ("", [""]),
    ],
)
def test_a_comma_parts_facts_only_where_a_key_follows(value: str, parts: list[str]) -> None:
    assert fact_keys.parts(value) == parts


@given(st.text(max_size=80))
def test_any_name_with_a_letter_gives_a_key_that_can_be_typed(name: str) -> None:
    key = fact_keys.key_of(name)
    assert fact_keys.key_of(key) == key and len(key) <= fact_keys.MAX_KEY_LENGTH
    assert not key or Filters.parse(f"fact:{key}=x").facts == ((f"{key}=x",),)
