"""The shipped defaults, a file over them, and overrides over both: key by key, the most specific wins."""

import pytest
import yaml

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies import Policies, PoliciesError, default_text, load_policies
from adtrack_pipeline.monitoring.policies.model.base import Section, line_for
from adtrack_pipeline.monitoring.policies.model.thresholds import Thresholds
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook, Rules
from tests.monitoring.policies.world import account, campaign, frames, policies


def rules_for(text: str, campaign_id: str = "c", name: str = "Brand spring", account_id: str = "1") -> Rules:
    world = frames(
        accounts=[account("1"), account("2", account_name="Shop two")],
        campaigns=[campaign(campaign_id, name, account_id=account_id)],
    )
    book = Rulebook(policies(text), world)
    return book.rules[book.campaigns[("meta", account_id, campaign_id)]]


def roas_line(text: str, **who: str) -> float | None:
    return line_for(rules_for(text, **who).thresholds.roas.below, "EUR")


def test_the_shipped_defaults_are_the_promised_ones():
    rules = load_policies(None)
    assert rules.thresholds.ctr.below == {"default": 5.0}
    assert rules.thresholds.roas.below == {"default": 2.0}
    assert line_for(rules.thresholds.cpc.above, "USD") == line_for(rules.thresholds.cpc.above, None) == 2.0
    assert line_for(rules.thresholds.cpc.above, "JPY") == 300
    assert rules.budgets.depleted.at_pct == 90
    assert rules.health.sync_missing.after_hours == 2
    assert rules.health.sync_failing.below_pct == 95
    assert rules.health.data_stale.after_hours == 24
    assert rules.detection.threshold_std == 2.0


def test_the_shipped_file_names_the_schema_first_and_is_a_file_users_can_copy():
    assert default_text().startswith("# yaml-language-server: $schema=")
    assert policies(default_text()).model_dump() == load_policies(None).model_dump()


def test_what_a_file_does_not_say_stays_as_shipped():
    rules = policies("thresholds: {roas: {below: 3}}").thresholds
    assert rules.roas.below == {"default": 3.0}
    assert rules.roas.min_clicks == load_policies(None).thresholds.roas.min_clicks
    assert rules.ctr == load_policies(None).thresholds.ctr


def test_null_takes_a_line_away():
    assert not policies("thresholds: {ctr: {below: null}}").thresholds.ctr.is_on


def test_the_rules_in_effect_can_be_saved_and_loaded_again():
    rules = policies(
        "thresholds: {cpa: {above: {JPY: 900}}}\ntags: {b: {campaigns: [1]}}\ndetection: {page_std: 6}"
    )
    again = policies(yaml.safe_dump(rules.model_dump(mode="json")))
    assert again.model_dump() == rules.model_dump()


SPECIFIC = """
tags: {brand: {campaigns: ["brand*"]}}
overrides:
  accounts: {1: {thresholds: {roas: {below: 3}}}}
  tags: {brand: {thresholds: {roas: {below: 4}}}}
  campaigns:
    c: {thresholds: {roas: {below: 6}}}
    "Brand *": {thresholds: {roas: {below: 5}}}
"""


@pytest.mark.parametrize(
    ("who", "line"),
    [
        ({"campaign_id": "x", "account_id": "2", "name": "Other"}, 2.0),
        ({"campaign_id": "x", "name": "Other"}, 3.0),
        ({"campaign_id": "x", "name": "brand-less"}, 4.0),
        ({"campaign_id": "x", "name": "Brand spring"}, 5.0),
        ({"campaign_id": "c", "name": "Brand spring"}, 6.0),
    ],
)
def test_account_then_tag_then_name_then_id_wins(who: dict[str, str], line: float):
    assert roas_line(SPECIFIC, **who) == line


def test_layers_add_up_key_by_key():
    text = """
    overrides:
      accounts: {"Shop 1": {thresholds: {roas: {below: 3, severity: high}}, budgets: {depleted: {at_pct: 80}}}}
      campaigns: {c: {thresholds: {roas: {below: 6}}}}
    """
    rules = rules_for(text)
    assert (rules.thresholds.roas.below, rules.thresholds.roas.severity) == ({"default": 6.0}, Severity.HIGH)
    assert rules.budgets.depleted.at_pct == 80
    assert rules.thresholds.roas.min_clicks == 100


def test_among_equals_the_one_further_down_wins():
    first, second = '"*spring": {thresholds: {roas: {below: 7}}}', '"Brand*": {thresholds: {roas: {below: 8}}}'
    assert roas_line(f"overrides: {{campaigns: {{{first}, {second}}}}}") == 8
    assert roas_line(f"overrides: {{campaigns: {{{second}, {first}}}}}") == 7


def test_brackets_in_campaign_names_are_ordinary_letters():
    text = 'overrides: {campaigns: {"[US] *": {thresholds: {roas: {below: 9}}}}}'
    assert roas_line(text, name="[US] Spring") == 9
    assert roas_line(text, name="U Spring") == 2


def test_accounts_are_meant_by_id_with_or_without_act_and_by_name():
    for word in ("1", "act_1", "shop 1", "Shop ?"):
        text = f'overrides: {{accounts: {{"{word}": {{thresholds: {{roas: {{below: 3}}}}}}}}}}'
        assert roas_line(text) == 3


def test_a_tag_can_mean_all_campaigns_of_an_account():
    text = "tags: {t: {accounts: [act_2]}}\noverrides: {tags: {t: {thresholds: {roas: {below: 3}}}}}"
    assert roas_line(text, account_id="2") == 3
    assert roas_line(text, account_id="1") == 2


def test_a_tag_that_is_not_given_is_a_mistake_with_its_line():
    with pytest.raises(PoliciesError, match=r"line 2: overrides.tags.brnd names the tag 'brnd'.*given: brand"):
        policies("tags: {brand: {campaigns: [x]}}\noverrides: {tags: {brnd: {}}}\n")
    with pytest.raises(PoliciesError, match=r"line 2: pacing.budgets\[0\].tag names the tag 'x'"):
        policies("pacing: {budgets:\n  [{name: a, tag: x, monthly: 5}]}")


def test_the_shipped_file_writes_every_key_of_every_section_down():
    shipped = yaml.safe_load(default_text())
    for name, section in Policies.model_fields.items():
        kind = section.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            said = set(shipped[name]) | (
                {"link_ctr", "cpm", "conversion_rate", "aov"} if kind is Thresholds else set()
            )
            assert said == set(kind.model_fields), name
