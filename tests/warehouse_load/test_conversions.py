"""The first listed action type wins, read from the text as the platform sent it; the same rule as the marts'."""

import json

import pytest

from adtrack_pipeline.warehouse.load.conversions import ConversionRule
from adtrack_pipeline.warehouse.load.rules import DEFAULT_ACTIONS

RULE = ConversionRule(["omni_purchase", "purchase"])


def _text(*entries: object) -> str:
    return json.dumps(entries, separators=(",", ":"))


def _action(kind: object, value: object, **more: str) -> dict[str, object]:
    return {"action_type": kind, "value": value, **more}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (_text(_action("purchase", "3"), _action("omni_purchase", "2.0")), "2.0"),
        (_text(_action("purchase", "3", **{"1d_click": "1"}), _action("link_click", "9")), "3"),
        (_text(_action("onsite_web_purchase", "3"), _action("purchases", "4")), None),
        (_text(_action("link_click", "7")), None),
        (_text({"1d_click": "9", "value": "5", "action_type": "purchase"}), "5"),
        (_text(_action("purchase", 30.5)), "30.5"),
        (_text(_action("omni_purchase", "1e2")), "1e2"),
        (_text({"action_type": "omni_purchase"}, _action("omni_purchase", "NaN"), _action("purchase", "5")), "5"),
        (_text("purchase", None, {"value": "4", "note": "purchase"}), None),
        (_text(_action("link_click", "1", label="{purchase}"), _action("purchase", "6", label="}")), "6"),
        (_text(_action("link_click", "1", label='a"b purchase'), _action("purchase", "6")), "6"),
        ('[{"action_type":"purch\\u0061se","value":"8"}]', "8"),
        ('[ {"action_type" : "purchase" , "value" : "4"} ]', "4"),
        ('[{"action_type":"purchase","value":"9"', None),
        ("purchase \\", None),
        ("[]", None),
        (None, None),
    ],
)
def test_the_first_listed_type_with_a_number_is_found(text: str | None, found: str | None) -> None:
    assert RULE.first_listed(text) == found


def test_no_rule_finds_nothing_and_the_default_finds_every_kind_of_purchase() -> None:
    assert ConversionRule([]).first_listed(_text(_action("purchase", "1"))) is None
    default = ConversionRule(DEFAULT_ACTIONS)
    assert [default.first_listed(_text(_action(kind, "1"))) for kind in DEFAULT_ACTIONS] == ["1"] * 5
    assert ConversionRule(["lead", "purchase"]).first_listed(_text(_action("lead", "2"))) == "2"
