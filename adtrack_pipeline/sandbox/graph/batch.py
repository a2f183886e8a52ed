"""The batch endpoint: up to fifty calls in one, each counted, each with its own status, headers and body."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.graph.request import GraphRequest, Reply, read_request

MAX_ITEMS = 50
Handle = Callable[[GraphRequest], Reply]


def is_batch(request: GraphRequest) -> bool:
    """Whether a call is a batch."""
    return request.method == "POST" and not request.path and "batch" in request.params


def answer_batch(request: GraphRequest, handle: Handle, null_every: int = 0) -> list[dict[str, Any] | None]:
    """The items' answers in order; every `null_every`-th is null, "not done in time".

    Raises:
        GraphError: 100 when the batch is no list or too long.
    """
    items = _items(request.params["batch"])
    with_headers = request.params.get("include_headers", "true").lower() != "false"
    answers: list[dict[str, Any] | None] = []
    for number, item in enumerate(items, start=1):
        if null_every and number % null_every == 0:
            answers.append(None)
            continue
        reply = handle(_item_request(request, item))
        answer: dict[str, Any] = {"code": reply.status}
        if with_headers:
            headers = {"Content-Type": "application/json; charset=UTF-8", **reply.headers}
            answer["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
        answers.append({**answer, "body": reply.body.decode("utf-8")})
    return answers


def _items(text: str) -> list[dict[str, Any]]:
    try:
        items = json.loads(text)
    except json.JSONDecodeError:
        raise errors.bad_parameter("param batch must be a JSON array") from None
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise errors.bad_parameter("param batch must be an array of objects")
    if len(items) > MAX_ITEMS:
        raise errors.bad_parameter(f"Too many requests in batch message. Maximum batch size is {MAX_ITEMS}")
    return items


def _item_request(request: GraphRequest, item: dict[str, Any]) -> GraphRequest:
    """One item as a call of its own, in the batch's version unless it names another, with its token."""
    target = urlsplit(str(item.get("relative_url", "")))
    body = str(item.get("body", "")).encode()
    method = str(item.get("method", "GET")).upper()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    one = read_request(method, target.path, target.query, headers, body, request.base_url)
    params = {**one.params}
    if "appsecret_proof" in request.params:
        params.setdefault("appsecret_proof", request.params["appsecret_proof"])
    return GraphRequest(
        method=one.method,
        version=one.version or request.version,
        path=one.path,
        params=params,
        token=one.token or request.token,
        token_in_query=one.token_in_query,
        base_url=request.base_url,
    )
