"""Errors as the Graph API words them: status, code, subcode, transience. One function per situation."""

import secrets
from typing import Any


class GraphError(Exception):
    """An error answer. `subcode`, `title`, `user_message`, `data` are left out of the body when None."""

    def __init__(
        self,
        message: str,
        code: int,
        subcode: int | None = None,
        *,
        status: int = 400,
        error_type: str = "OAuthException",
        transient: bool = False,
        title: str | None = None,
        user_message: str | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.subcode = subcode
        self.status = status
        self.error_type = error_type
        self.transient = transient
        self.title = title
        self.user_message = user_message
        self.data = data

    def body(self) -> dict[str, Any]:
        """The JSON object of the answer, with a fresh trace id as Meta's has."""
        error: dict[str, Any] = {"message": self.message, "type": self.error_type, "code": self.code}
        optional = {
            "error_subcode": self.subcode,
            "is_transient": self.transient or None,
            "error_user_title": self.title,
            "error_user_msg": self.user_message,
            "error_data": self.data,
        }
        error.update({key: value for key, value in optional.items() if value is not None})
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(15)
        return {"error": error}


def missing_token() -> GraphError:
    """No token at all."""
    return GraphError("An active access token must be used to query information about the current user.", 2500)


def bad_token() -> GraphError:
    """A token that is not accepted (any more): 190/463."""
    return GraphError(
        "Error validating access token: Session has expired. The current time is unknown to the token.",
        190,
        463,
        status=401,
    )


def bad_proof(given: bool) -> GraphError:
    """The app requires `appsecret_proof`, or the one given does not match."""
    message = (
        "Invalid appsecret_proof provided in the API argument"
        if given
        else "API calls from the server require an appsecret_proof argument"
    )
    return GraphError(message, 100, error_type="GraphMethodException")


def dead_version(newest: str) -> GraphError:
    """A version Marketing calls no longer speak: 2635."""
    return GraphError(
        "(#2635) You are calling a deprecated version of the Ads API. "
        f"Please update to the latest version: {newest}.",
        2635,
        error_type="FacebookApiException",
    )


def unknown_path(path: str) -> GraphError:
    """A path that no version ever had."""
    return GraphError(f"Unknown path components: /{path}", 2500)


def unknown_object(object_id: str, method: str = "get") -> GraphError:
    """Missing, not permitted, or just created: 100/33, Meta does not say which."""
    return GraphError(
        f"Unsupported {method} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        100,
        33,
        error_type="GraphMethodException",
    )


def no_permission(account_id: str) -> GraphError:
    """The account exists but its owner took the permission away: 200."""
    return GraphError(
        f"(#200) Ad account owner has NOT grant ads_management or ads_read permission (act_{account_id})",
        200,
        status=403,
    )


def bad_parameter(message: str, subcode: int | None = None) -> GraphError:
    """A parameter that cannot be used: 100."""
    return GraphError(f"(#100) {message}", 100, subcode)


def unknown_fields(names: list[str]) -> GraphError:
    """Insight fields nobody knows: the whole request fails and the text names them."""
    verb = "is" if len(names) == 1 else "are"
    return bad_parameter(
        f"{', '.join(names)} {verb} not valid for fields param. please check "
        "https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values"
    )


def nonexisting_field(name: str, node_type: str) -> GraphError:
    """A field that this kind of node does not have."""
    return bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({node_type})")


def bad_syntax(text: str) -> GraphError:
    """A `fields` text that cannot be parsed."""
    return GraphError(f"Syntax error \"Expected end of string instead of '{text[:40]}'.\"", 2500)


def bad_cursor() -> GraphError:
    """A cursor that is not (or no longer) valid: 2642."""
    return GraphError("(#2642) Invalid cursors values", 2642)


def reduce_the_amount() -> GraphError:
    """Too much data for one page: HTTP 500, code 1."""
    return GraphError("Please reduce the amount of data you're asking for, then retry your request", 1, status=500)


def too_many_rows() -> GraphError:
    """Too many rows for a synchronous report: 100/1487534."""
    return GraphError(
        "(#100) There are too many rows to process",
        100,
        1487534,
        title="Too many rows",
        user_message="There are too many rows to process. Please query a smaller date range.",
    )


def beyond_retention(months: int) -> GraphError:
    """A start older than what Meta keeps: 3018."""
    return GraphError(
        f"(#3018) The start date of the time range cannot be beyond {months} months from the current date", 3018
    )


def report_not_ready() -> GraphError:
    """A report run read before it was complete: 2601/1815107."""
    return GraphError(
        "Error loading async report",
        2601,
        1815107,
        transient=True,
        title="Loading Async Ads Report Failed",
        user_message="Sorry, the report you are trying to load is not available.",
    )
