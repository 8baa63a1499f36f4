"""Values as they are typed, kept, compared and shown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.core.facts import fact_values
from tipline.core.facts.fact_values import canonical, folded, typed, wanted
from tipline.errors import Refused
from tipline.models import FactType, TypeKind

TODAY = date(2021, 6, 22)


def of(kind: TypeKind, *choices: str) -> FactType:
    return FactType(id=1, key="k", kind=kind, choices=list(choices))


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        (TypeKind.CROSSING, "罗湖", "Luohu"),
        (TypeKind.CROSSING, " lo  wu ", "Luohu"),
        (TypeKind.PLACE, "上海", "Shanghai"),
        (TypeKind.PLACE, "Old  Harbour", "Old Harbour"),
        (TypeKind.DATE, "3 February 2020", "2020-02-03"),
        (TypeKind.RELATION, "separated from child", "separated-from-child"),
        (TypeKind.TEXT, "as\ttyped ", "as typed"),
        (TypeKind.NUMBER, "１２,000.50", "12000.5"),
        (TypeKind.NUMBER, "-3", "-3"),
        (TypeKind.NUMBER, "007", "7"),
    ],
)
def test_a_value_has_one_form_whatever_the_language_it_was_typed_in(kind: TypeKind, said: str, kept: str) -> None:
    assert canonical(of(kind), said, TODAY) == kept
    assert wanted(of(kind), said, TODAY) == [folded(kept)]


def test_a_choice_is_one_of_its_choices_however_it_is_written() -> None:
    assert canonical(of(TypeKind.CHOICE, "Letter, signed", "None"), "letter signed", TODAY) == "Letter, signed"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (TypeKind.CHOICE, "roof"), (TypeKind.NUMBER, "many"), (TypeKind.NUMBER, "1e9"), (TypeKind.TEXT, " ,,\n"),
        (TypeKind.TEXT, "x" * 201), (TypeKind.PLACE, "\0"),
    ],
)  # fmt: skip
def test_what_is_no_value_of_a_type_is_refused_and_finds_nothing(kind: TypeKind, said: str) -> None:
    with pytest.raises(Refused):
        canonical(of(kind), said, TODAY)
    assert wanted(of(kind), said, TODAY) == []


def test_a_month_and_a_year_mean_their_days() -> None:
    assert len(wanted(of(TypeKind.DATE), "2020-02", TODAY)) == 1 + 29
    assert len(wanted(of(TypeKind.DATE), "2021", TODAY)) == 1 + 12 + 365
    assert wanted(of(TypeKind.DATE), "0000", TODAY) == ["0000"]


def test_values_are_shown_in_the_language_of_the_page() -> None:
    assert fact_values.shown(TypeKind.CROSSING, "Luohu", "zh_Hans_CN") == "罗湖"
    assert fact_values.shown(TypeKind.CROSSING, "Luohu", "zh_Hant_TW") == "羅湖"
    assert fact_values.shown(TypeKind.TEXT, "Luohu", "zh_Hans_CN") == "Luohu"


@given(st.text(max_size=200))
def test_a_value_in_a_link_finds_what_it_stands_for(value: str) -> None:
    assert folded(typed(value)) == folded(value) and folded(folded(value)) == folded(value)
