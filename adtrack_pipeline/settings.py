"""The only reader of the environment and of `.env`. One clear sentence per mistake.

Names people already use stay (`META_ACCESS_TOKEN`, `META_AD_ACCOUNT_ID`, `DATABASE_URL`, ...); ours start
with `ADTRACK_`. Secrets are `SecretStr`: they never reach logs, run config, metadata or URLs.
"""

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adtrack_pipeline import clock

Source = Literal["meta", "sandbox"]
GRAPH_URL = "https://graph.facebook.com"
ECB_URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
DEFAULT_VERSION = "v25.0"
POLICIES_NAME = "adtrack.policies.yaml"
ENV_FILE = ".env"


class SettingsError(Exception):
    """A mistake in the configuration, told in one sentence: what, where, what to do."""


class Settings(BaseSettings):
    """Everything a user can configure, with its default. `.env.example` lists the same."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True)

    home: Path = Field(Path(".adtrack"), validation_alias="ADTRACK_HOME")
    source: Source | None = Field(None, validation_alias="ADTRACK_SOURCE")
    injected_now: str | None = Field(None, validation_alias="ADTRACK_NOW")

    meta_access_token: SecretStr | None = Field(None, validation_alias="META_ACCESS_TOKEN")
    meta_ad_account_id: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="META_AD_ACCOUNT_ID")
    meta_app_id: str | None = Field(None, validation_alias="META_APP_ID")
    meta_app_secret: SecretStr | None = Field(None, validation_alias="META_APP_SECRET")
    meta_graph_url: str | None = Field(None, validation_alias="META_GRAPH_URL")
    meta_api_version: str = Field(DEFAULT_VERSION, validation_alias="META_API_VERSION")

    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    reader_password: SecretStr | None = Field(None, validation_alias="ADTRACK_READER_PASSWORD")
    predictor_password: SecretStr | None = Field(None, validation_alias="ADTRACK_PREDICTOR_PASSWORD")
    orders_password: SecretStr | None = Field(None, validation_alias="ADTRACK_ORDERS_PASSWORD")
    inbox: str | None = Field(None, validation_alias="ADTRACK_INBOX")

    initial_days: int = Field(60, ge=1, le=1100, validation_alias="ADTRACK_INITIAL_DAYS")
    initial_hourly_days: int = Field(28, ge=1, le=390, validation_alias="ADTRACK_INITIAL_HOURLY_DAYS")
    restatement_days: int = Field(28, ge=1, le=90, validation_alias="ADTRACK_RESTATEMENT_DAYS")
    hourly_days: int = Field(2, ge=1, le=28, validation_alias="ADTRACK_HOURLY_DAYS")
    start_day: str | None = Field(None, validation_alias="ADTRACK_START_DAY")
    page_size: int = Field(500, ge=1, le=5000, validation_alias="ADTRACK_PAGE_SIZE")
    max_concurrent_accounts: int = Field(4, ge=1, le=64, validation_alias="ADTRACK_MAX_CONCURRENT_ACCOUNTS")
    page_retention_days: int = Field(30, ge=1, validation_alias="ADTRACK_PAGE_RETENTION_DAYS")
    event_retention_days: int = Field(14, ge=1, validation_alias="ADTRACK_EVENT_RETENTION_DAYS")
    revision_retention_days: int = Field(1130, ge=28, validation_alias="ADTRACK_REVISION_RETENTION_DAYS")
    reporting_currency: str = Field("USD", validation_alias="ADTRACK_REPORTING_CURRENCY")
    ecb: bool = Field(False, validation_alias="ADTRACK_ECB")
    ecb_url: str = Field(ECB_URL, validation_alias="ADTRACK_ECB_URL")
    conversion_actions: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias="ADTRACK_CONVERSION_ACTIONS"
    )
    project_id: str = Field("adtrack", min_length=1, validation_alias="ADTRACK_PROJECT_ID")
    alert_cooldown_hours: float = Field(24, ge=0, validation_alias="ADTRACK_ALERT_COOLDOWN_HOURS")
    alert_missed_scans: int = Field(3, ge=1, validation_alias="ADTRACK_ALERT_MISSED_SCANS")
    alert_retention_days: int = Field(400, ge=1, validation_alias="ADTRACK_ALERT_RETENTION_DAYS")
    outbox_retention_days: int = Field(14, ge=1, validation_alias="ADTRACK_OUTBOX_RETENTION_DAYS")
    report_hour: int = Field(7, ge=0, le=23, validation_alias="ADTRACK_REPORT_HOUR")
    report_retention_days: int = Field(400, ge=1, validation_alias="ADTRACK_REPORT_RETENTION_DAYS")
    accuracy_min_age_hours: float = Field(24, ge=0, le=8760, validation_alias="ADTRACK_ACCURACY_MIN_AGE_HOURS")
    accuracy_max_age_days: int = Field(30, ge=1, le=3650, validation_alias="ADTRACK_ACCURACY_MAX_AGE_DAYS")
    slack_webhook_url: SecretStr | None = Field(None, validation_alias="ADTRACK_SLACK_WEBHOOK_URL")
    webhook_url: SecretStr | None = Field(None, validation_alias="ADTRACK_WEBHOOK_URL")
    webhook_secret: SecretStr | None = Field(None, validation_alias="ADTRACK_WEBHOOK_SECRET")
    smtp_url: SecretStr | None = Field(None, validation_alias="ADTRACK_SMTP_URL")
    email_to: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="ADTRACK_EMAIL_TO")
    email_from: str | None = Field(None, validation_alias="ADTRACK_EMAIL_FROM")
    nats_url: SecretStr | None = Field(None, validation_alias="ADTRACK_NATS_URL")
    pagerduty_key: SecretStr | None = Field(None, validation_alias="ADTRACK_PAGERDUTY_KEY")
    apprise_urls: SecretStr | None = Field(None, validation_alias="ADTRACK_APPRISE_URLS")
    allow_private_receivers: bool = Field(False, validation_alias="ADTRACK_ALLOW_PRIVATE_RECEIVERS")
    thumbnails: bool = Field(True, validation_alias="ADTRACK_THUMBNAILS")
    policies: Path | None = Field(None, validation_alias="ADTRACK_POLICIES")
    sandbox_port: int = Field(8090, ge=1, le=65535, validation_alias="ADTRACK_SANDBOX_PORT")
    ui_url: str | None = Field(None, validation_alias="ADTRACK_UI_URL")
    ui_port: int = Field(3000, ge=1, le=65535, validation_alias="ADTRACK_UI_PORT")
    db_port: int | None = Field(None, ge=1, le=65535, validation_alias="ADTRACK_DB_PORT")

    @field_validator("meta_ad_account_id", "conversion_actions", "email_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in re.split(r"[,\s]+", value) if part)
        return value

    @field_validator("meta_ad_account_id")
    @classmethod
    def _bare_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(part.removeprefix("act_") for part in value))
        if bad := [part for part in ids if not part.isdigit()]:
            raise ValueError(f"META_AD_ACCOUNT_ID holds {bad[0]!r}; ad account ids look like act_1234567890.")
        return ids

    @field_validator("meta_api_version")
    @classmethod
    def _version(cls, value: str) -> str:
        if not re.fullmatch(r"v\d{1,3}\.\d", value):
            raise ValueError(f"META_API_VERSION must look like {DEFAULT_VERSION}, not {value!r}.")
        return value

    @field_validator("reporting_currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Z]{3}", value):
            raise ValueError(
                f"ADTRACK_REPORTING_CURRENCY must be three capital letters such as USD, not {value!r}."
            )
        return value

    @field_validator("ui_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        """Without its last slash: pages are put behind it."""
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError(
                "ADTRACK_UI_URL must be the address at which people open the UI, such as "
                "https://dagster.example.com, without a login."
            )
        return value.rstrip("/")

    @field_validator("injected_now")
    @classmethod
    def _instant(cls, value: str | None) -> str | None:
        if value and value.strip():
            clock.parse_instant(value)
        return value

    @field_validator(
        "meta_access_token",
        "meta_app_secret",
        "database_url",
        "reader_password",
        "predictor_password",
        "orders_password",
        "slack_webhook_url",
        "webhook_url",
        "webhook_secret",
        "smtp_url",
        "nats_url",
        "pagerduty_key",
        "apprise_urls",
        mode="after",
    )
    @classmethod
    def _empty_is_unset(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value and value.get_secret_value().strip() else None

    @field_validator(
        "source",
        "meta_graph_url",
        "start_day",
        "db_port",
        "policies",
        "email_from",
        "inbox",
        "ui_url",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.meta_graph_url and urlsplit(self.meta_graph_url).scheme not in {"http", "https"}:
            raise ValueError("META_GRAPH_URL must start with http:// or https://.")
        if urlsplit(self.ecb_url).scheme not in {"http", "https"}:
            raise ValueError("ADTRACK_ECB_URL must start with http:// or https://.")
        if self.source == "meta" and self.meta_access_token is None:
            raise ValueError("ADTRACK_SOURCE=meta needs META_ACCESS_TOKEN; set it in .env or the environment.")
        if self.database_url and self.meta_access_token is None and self.source is None:
            raise ValueError(
                "DATABASE_URL is set but META_ACCESS_TOKEN is not: set the token, or ADTRACK_SOURCE=sandbox "
                "to fill this database with simulated data on purpose."
            )
        return self

    @cached_property
    def effective_source(self) -> Source:
        """`meta` with a token, else the sandbox (`ADTRACK_SOURCE` overrides)."""
        return self.source or ("meta" if self.meta_access_token else "sandbox")

    @cached_property
    def policies_file(self) -> Path | None:
        """The policies file: ADTRACK_POLICIES, else `adtrack.policies.yaml` here; None: the shipped defaults."""
        here = Path(POLICIES_NAME)
        return self.policies or (here.resolve() if here.exists() else None)

    @cached_property
    def inbox_url(self) -> str:
        """Where files are handed in: a folder or fsspec URL, `inbox` in ADTRACK_HOME unless configured."""
        return self.inbox or str(self.home_dir / "inbox")

    @cached_property
    def reports_dir(self) -> Path:
        """Where daily reports are files."""
        return self.home_dir / "reports"

    @cached_property
    def home_dir(self) -> Path:
        """All local state, as an absolute path."""
        return self.home.expanduser().resolve()


def load_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsError: one sentence per mistake, never with a secret's value.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_sentences(error)) from None
    clock.inject(settings.injected_now)
    return settings


def named_secret(name: str) -> SecretStr | None:
    """A variable that the user's own configuration names as `${NAME}`, from the environment or `.env`."""
    value = os.environ.get(name) or dotenv_values(ENV_FILE).get(name)
    return SecretStr(value) if value and value.strip() else None


def _sentences(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        message = problem["msg"].removeprefix("Value error, ")
        name = str(problem["loc"][0]) if problem["loc"] else ""
        lines.append(message if not name or name in message else f"{name}: {message}.")
    return "\n".join(lines)
