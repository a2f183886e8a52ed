"""Ad accounts and the token: discovery, one account's failure apart from the others, what the token may do.

Belongs here: reads that are not about one account's ads. Does not belong here: lists of objects (`entities.py`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from adtrack_pipeline.platforms.base import Account, CallStats, ErrorClass, ObjectKind, PlatformError
from adtrack_pipeline.platforms.meta.errors import is_token_error, number
from adtrack_pipeline.platforms.meta.fields import OBJECT_FIELDS
from adtrack_pipeline.platforms.meta.jsontext import loads
from adtrack_pipeline.platforms.meta.paging import Listing, PageReader
from adtrack_pipeline.platforms.meta.records import AccountsFound, TokenInfo
from adtrack_pipeline.platforms.meta.streams import together
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Transport

_FIELDS = {"fields": ",".join(OBJECT_FIELDS[ObjectKind.ACCOUNT])}
_NOBODY = ""  # the account of calls that belong to none


async def discover(transport: Transport, only: Sequence[str]) -> AccountsFound:
    """Read the named accounts, or all the token can read.

    Raises:
        PlatformError: when the token itself is refused, or the list of all accounts cannot be read.
    """
    found = AccountsFound([], {})
    if only:
        ids = dict.fromkeys(one.removeprefix("act_") for one in only)
        await together([_read_into(transport, account_id, found) for account_id in ids])
        found.accounts.sort(key=lambda account: list(ids).index(account.account_id))
        return found
    work = Work(_NOBODY, CallStats())
    listing = Listing(f"/{transport.config.version}/me/adaccounts", dict(_FIELDS), 100)
    seen: set[str] = set()
    async for answer in PageReader(transport, work, listing).pages():
        for source in loads(answer.data or b"[]"):
            if not isinstance(source, dict):
                continue
            account_id = str(source.get("account_id") or source.get("id") or "").removeprefix("act_")
            if account_id and account_id not in seen:
                seen.add(account_id)
                _sort_in(found, account_id, source)
    return found


async def read_account(transport: Transport, account_id: str, stats: CallStats) -> dict[str, Any]:
    """The account's own node, as Meta gives it."""
    path = f"/{transport.config.version}/act_{account_id}"
    answer = await transport.call(Work(account_id, stats), path, _FIELDS)
    return answer.node()


async def token_info(transport: Transport) -> TokenInfo:
    """What `/debug_token` says. The token goes in a form, not in the URL, where every log would keep it."""
    form = {"method": "get", "input_token": transport.config.token.get_secret_value()}
    path = f"/{transport.config.version}/debug_token"
    answer = await transport.call(Work(_NOBODY, CallStats()), path, form, method="POST")
    data = answer.node().get("data")
    data = data if isinstance(data, dict) else {}
    scopes = data.get("scopes")
    return TokenInfo(
        is_valid=data.get("is_valid") is not False,
        expires_at=_moment(data.get("expires_at")),
        data_access_expires_at=_moment(data.get("data_access_expires_at")),
        scopes=tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else (),
        app_id=str(data["app_id"]) if data.get("app_id") else None,
    )


async def _read_into(transport: Transport, account_id: str, found: AccountsFound) -> None:
    try:
        source = await read_account(transport, account_id, CallStats())
    except PlatformError as error:
        if is_token_error(error):
            raise
        found.failed[account_id] = error
    else:
        _sort_in(found, account_id, source)


def _sort_in(found: AccountsFound, account_id: str, source: dict[str, Any]) -> None:
    try:
        found.accounts.append(_account(account_id, source))
    except PlatformError as error:
        found.failed[account_id] = error


def _account(account_id: str, source: dict[str, Any]) -> Account:
    currency, zone = source.get("currency"), source.get("timezone_name")
    if not isinstance(currency, str) or not currency or not isinstance(zone, str) or not zone:
        raise _unusable(account_id, "Meta names no currency or no time zone for it")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # an unknown name is a KeyError
        raise _unusable(account_id, f"its time zone {zone[:60]!r} is unknown") from None
    name = source.get("name")
    return Account(account_id, str(name) if name is not None else None, currency, zone, source)


def _unusable(account_id: str, why: str) -> PlatformError:
    return PlatformError(f"Ad account {account_id} cannot be read: {why}.", error_class=ErrorClass.PERMANENT)


def _moment(value: Any) -> datetime | None:
    seconds = number(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
