"""A mapping file that cannot be used says which key is wrong."""

from typing import Any

import pytest

from funnel.enums import Stage
from funnel.rules.mapping import InvalidMapping, read_mapping
from tests.funnel.exports import document

LEADS = {"external_id": "id", "entered_at": "day"}


def test_a_whole_mapping_is_read() -> None:
    mapping = read_mapping(document())
    assert (mapping.stage, mapping.currency, mapping.leads.delimiter) == (Stage.MQL, "BRL", None)
    assert mapping.deals is not None
    assert mapping.deals.all_columns == {"lead", "won", "sdr", "ae", "money", "size"}


def test_deals_may_be_missing() -> None:
    assert read_mapping({"leads": document()["leads"]}).deals is None


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"leads": {"columns": {"external_id": "id"}}}, "leads.columns.entered_at"),
        ({"leads": {"columns": LEADS | {"score": "s"}}}, "leads.columns.score"),
        ({"leads": {"columns": LEADS | {"source": 7}}}, "leads.columns.source"),
        ({"leads": {"columns": "id"}}, "[leads.columns]"),
        ({"leads": {"stage": "customer"}}, "leads.stage"),
        ({"leads": {"colour": "red"}}, "leads.colour"),
        ({"leads": {"file": ""}}, "leads.file"),
        ({"leads": {"delimiter": ";;"}}, "leads"),
        ({"deals": {"currency": "REAL"}}, "deals.currency"),
        ({"deals": {"decimal": "'"}}, "deals"),
        ({"deals": {"data": {"size": ""}}}, "deals.data.size"),
        ({"deals": {"columns": {"lead": "lead"}}}, "deals.columns.won_at"),
    ],
)
def test_a_wrong_key_is_named(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidMapping) as refused:
        read_mapping(document(**changes))
    assert str(refused.value).split()[0].rstrip(":") == key


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(InvalidMapping, match=r"^people is not known here"):
        read_mapping({**document(), "people": {}})
