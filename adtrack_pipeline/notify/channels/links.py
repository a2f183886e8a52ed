"""Where a reader of a message goes on: the object in Ads Manager, the alert or report in the Dagster UI.

Belongs here: addresses made of ids and of the configured UI alone. Nothing that others wrote becomes part of one.
Does not belong here: how a channel shows them.
"""

from adtrack_pipeline.notify.channels.message import Message

ADS_MANAGER = "https://adsmanager.facebook.com/adsmanager/manage"
# Level of an alert: the tab of Ads Manager, and the parameter that selects a row of it.
TABS = {
    "ad": ("ads", "selected_ad_ids"),
    "adset": ("adsets", "selected_adset_ids"),
    "campaign": ("campaigns", "selected_campaign_ids"),
    "account": ("campaigns", None),
}


def links(message: Message) -> list[tuple[str, str]]:
    """What a link is called, and its address; none where there is nothing to open."""
    found = [("Ads Manager", _ads_manager(message)), ("Dagster", _dagster(message))]
    return [(label, url) for label, url in found if url]


def _ads_manager(message: Message) -> str | None:
    """The alert's object, selected in its tab; simulated objects are not there."""
    alert, account = message.alert, str(message.event["account_id"] or "")
    if alert is None or message.is_sandbox or message.event["platform"] != "meta":
        return None
    if alert.level not in TABS or not _is_id(account):
        return None
    tab, selects = TABS[alert.level]
    chosen = f"&{selects}={alert.object_id}" if selects and _is_id(alert.object_id) else ""
    return f"{ADS_MANAGER}/{tab}?act={account}{chosen}"


def _dagster(message: Message) -> str | None:
    if message.ui_url is None:
        return None
    if message.is_report:
        return f"{message.ui_url}/reports/{message.event['data'].get('report_id', '')}"
    return f"{message.ui_url}/assets/ops/alerts"


def _is_id(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit()
