"""Examples in the inbox of a newcomer: made once, and only where they belong."""

from pathlib import Path

import pytest

from adtrack_pipeline.services.examples import offer_examples
from adtrack_pipeline.settings import Settings
from tests.services.conftest import eventually


def test_an_empty_inbox_gets_examples_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ADTRACK_NOW", "2026-03-08T12:00:00Z")
    settings = Settings(ADTRACK_HOME=tmp_path / "home")
    process = offer_examples(settings)
    assert process is not None
    assert eventually(lambda: process.exit_code is not None)
    assert process.exit_code == 0, process.last_words()
    assert sorted(path.parent.name for path in Path(settings.inbox_url).rglob("SANDBOX*.csv")) == [
        "orders",
        "predictions",
        "predictions",
    ]
    assert offer_examples(settings) is None


def test_nothing_is_put_into_somebodys_object_store(tmp_path: Path):
    assert offer_examples(Settings(ADTRACK_HOME=tmp_path, ADTRACK_INBOX="s3://bucket/inbox")) is None
