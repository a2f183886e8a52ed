"""Which API to read: the client's configuration from the settings."""

from pydantic import SecretStr

from adtrack_pipeline.platforms.meta import MetaConfig
from adtrack_pipeline.settings import GRAPH_URL, Settings

SANDBOX_TOKEN = "sandbox"  # noqa: S105 - the simulated API takes any text; it opens nothing


def meta_config(settings: Settings) -> MetaConfig:
    """Where and as whom to call the Graph API. Without a token this is the simulated API's address."""
    sandbox_url = f"http://127.0.0.1:{settings.sandbox_port}"
    default_url = GRAPH_URL if settings.effective_source == "meta" else sandbox_url
    return MetaConfig(
        base_url=settings.meta_graph_url or default_url,
        version=settings.meta_api_version,
        token=settings.meta_access_token or SecretStr(SANDBOX_TOKEN),
        app_secret=settings.meta_app_secret,
        page_size=settings.page_size,
    )
