"""The configuration: every mistake one sentence, no secret in any of them."""

import re
from pathlib import Path

import pytest

from adtrack_pipeline import clock
from adtrack_pipeline.settings import Settings, SettingsError, load_settings

TOKEN = "EAAverysecrettoken"


def test_nothing_configured_means_the_sandbox_and_a_database_of_our_own() -> None:
    settings = load_settings()
    assert settings.effective_source == "sandbox"
    assert settings.database_url is None
    assert settings.home_dir == Path.cwd() / ".adtrack"


def test_a_token_alone_is_enough_to_read_from_meta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_ACCESS_TOKEN", TOKEN)
    assert load_settings().effective_source == "meta"


def test_the_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("META_ACCESS_TOKEN=from-file\nADTRACK_PAGE_SIZE=100\nUNRELATED=1\n")
    monkeypatch.setenv("ADTRACK_PAGE_SIZE", "200")
    settings = load_settings()
    assert settings.page_size == 200
    assert settings.meta_access_token is not None
    assert settings.meta_access_token.get_secret_value() == "from-file"


def test_a_clock_in_the_dotenv_file_sets_the_pipelines_clock(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ADTRACK_NOW=2026-11-20T10:00:00Z\n")
    load_settings()
    assert clock.now().isoformat() == "2026-11-20T10:00:00+00:00"


@pytest.mark.parametrize("given", ["act_12,34", "act_12 act_34", "12, act_34,12", " 12\n34 "])
def test_account_ids_may_be_written_with_and_without_act(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("META_AD_ACCOUNT_ID", given)
    assert load_settings().meta_ad_account_id == ("12", "34")


def test_conversion_actions_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADTRACK_CONVERSION_ACTIONS", "omni_purchase, purchase")
    assert load_settings().conversion_actions == ("omni_purchase", "purchase")


@pytest.mark.parametrize(
    "name", ["META_ACCESS_TOKEN", "DATABASE_URL", "META_APP_SECRET", "ADTRACK_READER_PASSWORD"]
)
def test_an_empty_secret_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "  ")
    settings = load_settings()
    assert settings.effective_source == "sandbox"
    secrets = (
        settings.meta_access_token,
        settings.database_url,
        settings.meta_app_secret,
        settings.reader_password,
    )
    assert secrets == (None, None, None, None)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"META_AD_ACCOUNT_ID": "Acme"},
            r"META_AD_ACCOUNT_ID holds 'Acme'; ad account ids look like act_1234567890\.",
        ),
        ({"META_API_VERSION": "25"}, r"META_API_VERSION must look like v25\.0, not '25'\."),
        (
            {"ADTRACK_REPORTING_CURRENCY": "euro"},
            r"ADTRACK_REPORTING_CURRENCY must be three capital letters .*'euro'\.",
        ),
        ({"ADTRACK_UI_URL": "dagster.example.com"}, r"ADTRACK_UI_URL must be the address .* without a login\."),
        ({"ADTRACK_UI_URL": "https://me:pw@dagster.example.com"}, r"ADTRACK_UI_URL must be .* without a login\."),
        ({"ADTRACK_NOW": "noon"}, r"ADTRACK_NOW must be an ISO 8601 instant such as .* not 'noon'\."),
        ({"META_GRAPH_URL": "graph.facebook.com"}, r"META_GRAPH_URL must start with http:// or https://\."),
        ({"ADTRACK_SOURCE": "meta"}, r"ADTRACK_SOURCE=meta needs META_ACCESS_TOKEN; .*"),
        ({"ADTRACK_SOURCE": "google"}, r"ADTRACK_SOURCE: .*'meta' or 'sandbox'\."),
        ({"ADTRACK_DB_PORT": "99999"}, r"ADTRACK_DB_PORT: .*less than or equal to 65535\."),
        ({"ADTRACK_PAGE_SIZE": "many"}, r"ADTRACK_PAGE_SIZE: .*integer.*\."),
        ({"ADTRACK_INITIAL_DAYS": "0"}, r"ADTRACK_INITIAL_DAYS: .*greater than or equal to 1\."),
        (
            {"DATABASE_URL": "postgres://u:hidden@h/d"},
            r"DATABASE_URL is set but META_ACCESS_TOKEN is not: .*sandbox .*",
        ),
    ],
)
def test_every_mistake_gets_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert re.fullmatch(sentence, str(caught.value)), str(caught.value)
    assert "hidden" not in str(caught.value)


def test_several_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_API_VERSION", "25")
    monkeypatch.setenv("ADTRACK_PAGE_SIZE", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_simulated_data_in_a_real_database_has_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u:hidden@h/d")
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    assert load_settings().effective_source == "sandbox"


def test_no_secret_shows_in_the_settings_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "META_ACCESS_TOKEN": TOKEN,
        "META_APP_SECRET": "appsecret123",
        "DATABASE_URL": "postgres://u:hidden@h/d",
        "ADTRACK_READER_PASSWORD": "readerpassword",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [value for value in (*secrets.values(), "hidden") if value in text]


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().page_size = 1  # type: ignore[misc]
