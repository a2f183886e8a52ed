"""A policy for a campaign nobody knows is worth a warning, and never an error."""

from pathlib import Path

from adtrack_pipeline.monitoring.policies.unknown import unknown_names
from tests.monitoring.policies.world import account, campaign, day, frames, judge, loaded, policies

WORLD = frames(
    [day(n, impressions=9000, clicks=900) for n in range(4)],
    accounts=[account("1"), account("2", "USD")],
    campaigns=[campaign("c", "Brand spring"), campaign("d", "Sale", account_id="2")],
)


def test_a_name_that_matches_nothing_is_told_with_its_line_and_what_may_be_meant():
    text = """
    overrides:
      accounts: {77: {}, "Shop *": {}}
      campaigns:
        "Brand sprang": {}
        "c": {}
    tags:
      brand: {campaigns: ["Brand*"]}
      other: {campaigns: ["nothing*"]}
    """
    assert unknown_names(policies(text), WORLD) == [
        "adtrack.policies.yaml, line 3: overrides.accounts.77 matches no account.",
        "adtrack.policies.yaml, line 5: overrides.campaigns.Brand sprang matches no campaign;"
        " did you mean 'Brand spring'?",
        "adtrack.policies.yaml, line 9: tags.other matches no campaign.",
    ]


def test_monthly_budgets_that_cannot_be_judged_are_told():
    text = """
    pacing:
      budgets:
        - {name: A, account: 9, monthly: 5}
        - {name: B, campaign: "*", monthly: 5}
        - {name: C, account: 2, currency: EUR, monthly: 5}
        - {name: D, account: 1, currency: EUR, monthly: 5}
    """
    said = unknown_names(policies(text), WORLD)
    assert [one.split(": ", 1)[1] for one in said] == [
        "pacing.budgets[0] (A) matches no account.",
        "pacing.budgets[1] (B) has no currency and spends in EUR, USD: currencies are never added up, so it is not"
        " judged.",
        "pacing.budgets[2] (C) is in EUR but spends in USD: currencies are never added up, so it is not judged.",
    ]


def test_judging_does_nothing_for_names_that_match_nothing(tmp_path: Path):
    text = """
    overrides:
      campaigns: {"nobody*": {thresholds: {ctr: {below: 90}}}, 4711: {budgets: {depleted: {at_pct: 1}}}}
      accounts: {88: {thresholds: {ctr: {below: 90}}}}
    """
    assert judge(WORLD, loaded(tmp_path / "p.yaml", text)) == []


def test_the_shipped_defaults_name_nobody():
    assert unknown_names(policies(), WORLD) == []
