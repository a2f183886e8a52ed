"""What people ask for: acknowledge, snooze, silence. Here through the SQL functions anybody can be given."""

import psycopg
import pytest

from adtrack_pipeline.warehouse.database import Database
from tests.notify.alerts.conditions import Scans, ad, at, campaign, condition


def silence(scans: Scans, from_hour: float, to_hour: float, **columns: str) -> int:
    """A silence over a span of the test's clock."""
    names = "".join(f", {name}" for name in columns)
    row = scans.conn.execute(
        f"insert into ops.alert_silences (starts_at, until_at, who, why{names})"
        f" values (%s, %s, 'ada', 'launch'{', %s' * len(columns)}) returning silence_id".encode(),
        [at(from_hour), at(to_hour), *columns.values()],
    ).fetchone()
    assert row
    return int(row[0])


def test_an_acknowledged_alert_is_told_again_only_if_it_worsens(scans: Scans) -> None:
    scans(0, [condition()])
    assert scans.sql("select ops.acknowledge_alert(1, 'ada')")
    scans(1, [condition()])
    assert (scans.alert()["status"], scans.alert()["acknowledged_by"]) == ("acknowledged", "ada")
    scans(2, [condition(severity="critical")])
    assert scans.news() == [("a", "opened"), ("a", "escalated")]


def test_an_acknowledged_alert_still_resolves_by_itself(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    scans.sql("select ops.acknowledge_alert(1, 'ada')")
    scans(1, [], source="policies")
    assert scans.news() == [("a", "opened"), ("a", "resolved")]
    assert not scans.sql("select ops.acknowledge_alert(1, 'bob')")
    assert scans.alert()["acknowledged_by"] == "ada"


def test_an_alert_somebody_took_on_before_it_could_be_told_is_not_told(scans: Scans) -> None:
    silence(scans, 0, 2)
    scans(0, [condition()])
    scans.sql("select ops.acknowledge_alert(1, 'ada')")
    scans(3, [condition()])
    assert scans.events() == []


def test_a_snoozed_alert_is_quiet_and_told_again_when_the_snooze_ends(scans: Scans) -> None:
    scans(0, [condition()])
    scans.conn.execute("update ops.alerts set snoozed_until = %s", [at(3)])
    changes = scans(1, [condition(severity="critical")])
    assert changes.suppressed == (1,)
    scans(2, [condition(severity="critical")])
    assert scans.news() == [("a", "opened")]
    scans(3, [condition(severity="critical")])
    scans(4, [condition(severity="critical")])
    assert scans.news() == [("a", "opened"), ("a", "escalated")]


def test_the_end_of_a_snooze_reminds_of_what_still_holds(scans: Scans) -> None:
    scans(0, [condition()])
    scans.conn.execute("update ops.alerts set snoozed_until = %s", [at(3)])
    for hour in range(1, 6):
        scans(hour, [condition()])
    assert scans.news() == [("a", "opened"), ("a", "reminded")]


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"platform": "meta"},
        {"account_id": "100"},
        {"campaign_id": "c1"},
        {"object_id": "a"},
        {"alert_type": "ctr_drop"},
        {"account_id": "100", "alert_type": "ctr_drop"},
    ],
)
def test_a_silence_covers_what_matches_all_it_names(scans: Scans, columns: dict[str, str]) -> None:
    number = silence(scans, 0, 9, **columns)
    scans(0, [condition()])
    assert scans.events() == []
    assert scans.alert()["silenced_by"] == number


@pytest.mark.parametrize("columns", [{"campaign_id": "c2"}, {"account_id": "100", "alert_type": "cpm_spike"}])
def test_a_silence_does_not_cover_what_does_not_match(scans: Scans, columns: dict[str, str]) -> None:
    silence(scans, 0, 9, **columns)
    scans(0, [condition()])
    assert scans.news() == [("a", "opened")]


def test_when_a_silence_ends_what_still_holds_is_told(scans: Scans) -> None:
    silence(scans, 0, 2)
    scans(0, [condition(), condition(ad("b"), "cpm_spike", "cpm")])
    scans(1, [condition(), condition(ad("b"), "cpm_spike", "cpm")])
    scans(2, [condition()])
    assert scans.news() == [("a", "opened")]
    assert scans.alert(ad_id="a")["silenced_by"] is None


def test_a_silence_that_has_not_begun_covers_nothing(scans: Scans) -> None:
    silence(scans, 5, 9)
    scans(0, [condition()])
    assert scans.news() == [("a", "opened")]


def test_the_end_of_what_was_told_is_told_even_during_a_silence(scans: Scans) -> None:
    scans(0, [condition(), condition(campaign("c2"))], source="policies")
    silence(scans, 1, 9, campaign_id="c1")
    scans(2, [condition(campaign("c2"))], source="policies")
    assert scans.news()[-1] == ("a", "resolved")


def test_the_sql_functions_refuse_what_makes_no_sense(scans: Scans) -> None:
    scans(0, [condition()])
    for statement in (
        "select ops.acknowledge_alert(1, ' ')",
        "select ops.snooze_alert(1, now() - interval '1 hour')",
        "select ops.silence_alerts(now() - interval '1 hour', 'ada', 'launch')",
        "select ops.silence_alerts(now() + interval '1 hour', 'ada', '')",
    ):
        with pytest.raises(psycopg.errors.RaiseException):
            scans.sql(statement)


def test_a_silence_is_made_and_ended_in_sql(scans: Scans) -> None:
    number = scans.sql("select ops.silence_alerts(now() + interval '2 h', 'ada', 'launch', campaign_id => 'c1')")
    assert scans.sql("select ops.unsilence_alerts(%s, 'bob')", number)
    assert not scans.sql("select ops.unsilence_alerts(%s, 'bob')", number)
    row = scans.conn.execute(
        "select campaign_id, account_id, until_at <= now(), ended_by from ops.alert_silences"
    ).fetchone()
    assert row == ("c1", None, True, "bob")


def test_the_reader_of_bi_tools_may_not_change_alerts(scans: Scans, database: Database) -> None:
    scans(0, [condition()])
    with database.connect(role="reader", autocommit=True) as reader:
        reader.execute("set default_transaction_read_only = off")
        for statement in (
            "select ops.acknowledge_alert(1, 'bi')",
            "select ops.snooze_alert(1, now() + interval '1 hour')",
            "select ops.silence_alerts(now() + interval '1 hour', 'bi', 'quiet')",
            "select ops.unsilence_alerts(1, 'bi')",
            "select ops.append_events('[]')",
            "update ops.alerts set status = 'acknowledged'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement.encode())


def test_a_role_can_be_given_just_the_right_to_acknowledge(scans: Scans) -> None:
    scans(0, [condition()])
    role = f"adtrack_ops_{scans.conn.info.backend_pid}"
    scans.conn.execute(f"create role {role}".encode())
    try:
        scans.conn.execute(f"grant usage on schema ops to {role}".encode())
        scans.conn.execute(f"grant execute on function ops.acknowledge_alert to {role}".encode())
        scans.conn.execute(f"grant {role} to current_user".encode())
        with scans.conn.transaction():
            scans.conn.execute(f"set local role {role}".encode())
            assert scans.sql("select ops.acknowledge_alert(1, 'ada')")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), scans.conn.transaction():
                scans.conn.execute("select * from ops.alerts")
    finally:
        scans.conn.execute(f"revoke all on schema ops from {role}".encode())
        scans.conn.execute(f"revoke all on function ops.acknowledge_alert from {role}".encode())
        scans.conn.execute(f"drop role {role}".encode())
