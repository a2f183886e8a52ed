"""The dbt project is parsed when it has changed, and only then."""

from pathlib import Path

import pytest

from adtrack_pipeline.defs.instance.home import dbt_target
from adtrack_pipeline.defs.transform import project
from adtrack_pipeline.defs.transform.dbt import dbt_resource
from adtrack_pipeline.defs.transform.project import (
    PARTIAL_PARSE,
    PROJECT_DIR,
    ManifestError,
    build_folder,
    fingerprint,
    ready_manifest,
)
from adtrack_pipeline.settings import Settings
from tests.defs.conftest import MakeSettings

OUTPUT = "{type: postgres, host: h, port: 1, user: u, password: p, dbname: d, schema: s}"
PROFILE = f"adtrack: {{target: t, outputs: {{t: {OUTPUT}}}}}"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(META_ACCESS_TOKEN="token")


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: small\nversion: 1.0.0\nprofile: adtrack\n")
    (folder / "profiles.yml").write_text(PROFILE)
    (folder / "models" / "one.sql").write_text("select 1 as n")
    return folder


def test_a_changed_model_changes_the_fingerprint_and_a_build_does_not(small_project: Path):
    before = fingerprint(small_project)
    (small_project / "target").mkdir()
    (small_project / "target" / "compiled.sql").write_text("select 1")
    assert fingerprint(small_project) == before
    (small_project / "models" / "one.sql").write_text("select 2 as n")
    assert fingerprint(small_project) != before


def test_a_renamed_model_changes_the_fingerprint(small_project: Path):
    before = fingerprint(small_project)
    (small_project / "models" / "one.sql").rename(small_project / "models" / "two.sql")
    assert fingerprint(small_project) != before


def test_an_unchanged_project_is_not_parsed_again(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(project, "_parse", lambda *_: pytest.fail("parsed again"))
    assert ready_manifest(settings).is_file()


def test_a_project_that_cannot_be_parsed_is_told_in_dbts_own_words_every_time(
    small_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(project, "PROJECT_DIR", small_project)
    (small_project / "models" / "one.sql").write_text("select {{ nobody_knows(")
    settings = Settings(ADTRACK_HOME=tmp_path / "home")
    for _ in range(2):
        with pytest.raises(ManifestError, match=r"cannot be parsed: .*one\.sql"):
            ready_manifest(settings)


def test_a_build_starts_from_what_is_parsed_already_and_hands_its_own_on(settings: Settings):
    kept = dbt_target(settings) / PARTIAL_PARSE
    with build_folder(settings, "run-1", reusable=True) as folder:
        assert (folder / PARTIAL_PARSE).read_bytes() == kept.read_bytes()
        (folder / PARTIAL_PARSE).write_bytes(b"parsed for another port")
    assert kept.read_bytes() == b"parsed for another port"
    assert not folder.exists()


def test_a_build_with_other_variables_keeps_its_parsing_to_itself(settings: Settings):
    kept = dbt_target(settings) / PARTIAL_PARSE
    before = kept.read_bytes()
    with build_folder(settings, "run-1", reusable=False) as folder:
        (folder / PARTIAL_PARSE).write_bytes(b"parsed with other variables")
    assert kept.read_bytes() == before


def test_a_failed_build_leaves_its_sql_to_be_read(settings: Settings):
    def build() -> None:
        with build_folder(settings, "run-1", reusable=True) as folder:
            (folder / "compiled").mkdir()
            raise RuntimeError("the model failed")

    with pytest.raises(RuntimeError, match="the model failed"):
        build()
    assert (dbt_target(settings) / "build-run-1" / "compiled").is_dir()


def test_dbt_asks_nobody_for_its_version_and_is_loaded_once():
    """Also fails when upstream renames what `Dbt` overrides."""
    dbt = dbt_resource(PROJECT_DIR)
    assert str(dbt._cli_version).startswith("1.11.")
    assert dbt._initialize_dbt_core_adapter([]) is None
    assert {"_cli_version", "_initialize_dbt_core_adapter"} <= set(dir(type(dbt).__mro__[1]))
