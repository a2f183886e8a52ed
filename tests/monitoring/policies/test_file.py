"""A malformed file is told with its line, its key and what is allowed there."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from adtrack_pipeline.monitoring.policies import PoliciesError, load_policies, load_section
from adtrack_pipeline.monitoring.policies.file import parse
from tests.monitoring.policies.world import loaded, policies


def mistakes(text: str) -> str:
    with pytest.raises(PoliciesError) as caught:
        policies(text)
    return str(caught.value)


def test_an_unknown_key_is_told_with_line_key_what_is_meant_and_what_is_allowed():
    said = mistakes("thresholds:\n  ctr:\n    belov: 3\n")
    assert said.startswith("adtrack.policies.yaml, line 3: thresholds.ctr.belov is not known here;")
    assert "did you mean 'below'?" in said
    assert "Allowed: enabled, below, above, level," in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("budget: {}", "line 1: budget is not known here; did you mean 'budgets'?"),
        ("thresholds:\n\n  cpcc: {above: 1}", "line 3: thresholds.cpcc is not known here; did you mean 'cpc'?"),
        ("overrides:\n  campaigns:\n    1: {treshold: {}}", "line 3: overrides.campaigns.1.treshold is not known"),
        ("pacing:\n  budgets:\n    - {name: a, tag: x, mothly: 1}", "pacing.budgets[0].mothly is not known here"),
    ],
)
def test_unknown_keys_are_found_at_every_depth(text: str, says: str):
    assert says in mistakes(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("thresholds: {ctr: {below: five}}", "thresholds.ctr.below must be a number, not 'five'."),
        ("thresholds: {ctr: {below: -1}}", "thresholds.ctr.below must be greater than or equal to 0, not -1"),
        ("thresholds: {ctr: {below: .nan}}", "thresholds.ctr.below must be a finite number"),
        ("thresholds: {ctr: {below: 1e999}}", "thresholds.ctr.below must be a finite number"),
        ("thresholds: {ctr: {pages: maybe}}", "thresholds.ctr.pages must be true or false, not 'maybe'."),
        ("thresholds: {ctr: {window_days: 2.5}}", "window_days must be a whole number, not 2.5."),
        ("thresholds: {ctr: [1]}", "thresholds.ctr must hold keys of its own."),
        ("thresholds: {ctr: {severity: urgent}}", "must be 'low', 'medium', 'high' or 'critical', not 'urgent'."),
        ("thresholds: {cpc: {above: {usd: 1}}}", "keys are currency codes such as USD, or 'default'"),
        ("thresholds: {ctr: {below: 5, above: 4}}", "every value would fire"),
        ("thresholds: {frequency: {level: campaign}}", "must be 'ad' or 'account', not 'campaign'"),
        ("pacing: {budgets: [{name: a, tag: b, account: c, monthly: 1}]}", "exactly one of account, campaign"),
        ("pacing: {budgets: [{name: a, account: c}]}", "pacing.budgets[0].monthly is missing."),
        ("pacing: {budgets: [{name: a, account: c, monthly: 0}]}", "monthly must be greater than 0, not 0."),
        ("pacing: {budgets: {name: a}}", "pacing.budgets must be a list."),
        ("tags: {brand: {}}", "tags.brand needs campaigns, accounts or both."),
    ],
)
def test_a_wrong_value_is_told_with_what_may_stand_there(text: str, says: str):
    assert says in mistakes(text)


def test_two_monthly_budgets_of_one_name_are_refused():
    one = "{name: a, account: c, monthly: 1}"
    assert "two budgets called 'a'" in mistakes(f"pacing: {{budgets: [{one}, {one}]}}")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    said = mistakes(
        "thresholds:\n  roas: {below: x}\n  ctr: {below: y}\nhealth:\n  window_hours: 0\n"
    ).splitlines()
    assert [line.split(":")[0][-6:] for line in said] == ["line 2", "line 3", "line 5"]


def test_a_duplicate_key_is_told_with_both_lines():
    said = mistakes("thresholds:\n  ctr: {}\n  roas: {}\n  ctr: {}\n")
    assert "line 4: thresholds.ctr appears twice; the first is in line 2." in said


@pytest.mark.parametrize("text", ["thresholds:\n\tctr: {}\n", "thresholds:\n  ctr:\n  \tbelow: 3\n"])
def test_a_tab_is_told_as_a_tab(text: str):
    line = 2 if text.count("\n") == 2 else 3
    assert f"line {line}: a tab indents this line" in mistakes(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", "must hold sections"),
        ("just words", "must hold sections"),
        ("a: [", "line 1: this is not YAML"),
        ("a: 1\n---\nb: 2", "found another document"),
        ("a: !!python/object/apply:os.system ['x']", "line 1: a"),
        ("detection: !secret x", "carries the tag !secret"),
        ("a: &a [*a]", "refers to itself"),
        ("a: " + "{b: " * 100 + "}" * 100, "nested too deeply"),
        ("[" * 5000, "nested too deeply"),
        ("a: \x00", "characters that YAML does not allow"),
        ("? [1]\n: 2", "not a plain word"),
    ],
)
def test_what_is_no_plain_yaml_mapping_is_refused_without_a_traceback(text: str, says: str):
    assert says in mistakes(text)


def test_aliases_of_aliases_do_not_fill_the_memory():
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert "refers to itself" in mistakes(laughs)


def test_scalars_mean_what_people_mean():
    data = parse("a: 22:00\nb: 0123\nc: no\nd: 1_000\ne: 2026-11-20\nf: 1.50\n0755: x", "f").data
    assert data == {"a": "22:00", "b": "0123", "c": "no", "d": "1_000", "e": "2026-11-20", "f": 1.5, "0755": "x"}


def test_switching_off_in_plain_words_works():
    assert not policies("thresholds: {roas: {enabled: off}}").thresholds.roas.enabled


def test_a_section_with_everything_commented_out_changes_nothing():
    said = "thresholds:\n  ctr:\npacing:\n  budgets:\ntags:\noverrides:\n  accounts:\n"
    assert policies(said).thresholds == policies().thresholds


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "cannot be read: No such file"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b"a: \xff\xfe"), "is not UTF-8 text"),
        (lambda path: path.write_text("# " + "x" * 1_000_001), "is larger than 1 MB"),
    ],
)
def test_an_unreadable_file_is_one_sentence(tmp_path: Path, make, says: str):  # type: ignore[no-untyped-def]
    path = tmp_path / "p.yaml"
    make(path)
    with pytest.raises(PoliciesError, match=says):
        load_policies(path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path):
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xef\xbb\xbfthresholds:\r\n  ctr: {below: 1}\r\n")
    assert load_policies(path).thresholds.ctr.below == {"default": 1.0}


class Hook(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["hook"]
    url: int


class Mail(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["mail"]
    to: str


class Channels(RootModel[dict[str, Annotated[Hook | Mail, Field(discriminator="type")]]]):
    pass


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("{type: hok, url: 1}", "line 2: channels.team.type must be one of 'hook', 'mail'."),
        ("{url: 1}", "line 2: channels.team.type must be one of 'hook', 'mail'."),
        ("{type: mail, url: 1}", "line 2: channels.team.url is not known here; Allowed: type, to."),
        ("{type: hook, url: my-secret}", "line 2: channels.team.url must be a whole number."),
    ],
)
def test_a_section_of_another_room_gets_the_same_care_and_keeps_its_secrets(
    tmp_path: Path, channel: str, says: str
):
    path = tmp_path / "p.yaml"
    loaded(path, f"channels:\n  team: {channel}\n")
    with pytest.raises(PoliciesError) as caught:
        load_section(path, "channels", Channels)
    assert says in str(caught.value)
    assert "my-secret" not in str(caught.value)


def test_a_section_nobody_wrote_is_empty():
    assert load_section(None, "channels", Channels).root == {}
