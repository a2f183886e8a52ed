"""Meta's error codes and what the table says is to be done about each."""

import pytest

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta.errors import RULES, from_body, scrub, unknown_fields


def classify(code: object, subcode: object = None, message: str = "", **more: object) -> ErrorClass:
    body = {"code": code, "error_subcode": subcode, "message": message, **more}
    return from_body(body, 400)[0].error_class


@pytest.mark.parametrize(
    ("code", "subcode", "message", "expected"),
    [
        (1, None, "Please reduce the amount of data you're asking for, then retry", ErrorClass.SPLIT),
        (1, 99, "An unknown error occurred", ErrorClass.RETRY),
        (2, None, "Service temporarily unavailable", ErrorClass.RETRY),
        (2, 1504038, "", ErrorClass.SPLIT),
        (2, 1504041, "", ErrorClass.PERMANENT),
        (2, 1504043, "", ErrorClass.RETRY),
        (4, None, "", ErrorClass.WAIT),
        (17, 2446079, "", ErrorClass.WAIT),
        (613, 1487632, "", ErrorClass.WAIT),
        (80000, 2446079, "", ErrorClass.WAIT),
        (80004, 2446079, "", ErrorClass.WAIT),
        (100, None, "bad", ErrorClass.PERMANENT),
        (100, None, "(#100) Cannot include spend in summary param because they weren't there", ErrorClass.RETRY),
        (100, 33, "", ErrorClass.PERMANENT),
        (100, 1487534, "", ErrorClass.SPLIT),
        (100, 1504018, "", ErrorClass.SPLIT),
        (100, 3191001, "", ErrorClass.ALERT),
        (190, 463, "", ErrorClass.ALERT),
        (10, None, "", ErrorClass.ALERT),
        (200, None, "", ErrorClass.ALERT),
        (2601, 1815107, "", ErrorClass.RETRY),
        (2635, None, "", ErrorClass.ALERT),
        (2642, None, "", ErrorClass.RESTART),
        (3018, None, "", ErrorClass.TOO_OLD),
        (-2, 2490547, "", ErrorClass.RETRY),
        ("-3", "1504045", "", ErrorClass.SPLIT),
    ],
)
def test_every_documented_code_has_its_policy(
    code: object, subcode: object, message: str, expected: ErrorClass
) -> None:
    assert classify(code, subcode, message) is expected


def test_an_unknown_code_is_retried_only_when_meta_calls_it_transient() -> None:
    assert classify(987654) is ErrorClass.PERMANENT
    assert classify(987654, is_transient=True) is ErrorClass.RETRY
    assert from_body({"code": 987654}, 500)[0].error_class is ErrorClass.RETRY


def test_no_rule_is_hidden_behind_another() -> None:
    keys = [(rule.code, rule.subcode, rule.text) for rule in RULES]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("error", ["text instead of an object", None, 5, [], {}])
def test_an_error_of_any_shape_becomes_a_sentence(error: object) -> None:
    assert "Meta refused a call" in str(from_body(error, 400)[0])


def test_metas_message_is_quoted_without_tokens_wherever_they_stand() -> None:
    token = "EAAGm0PX4ZCpsBAKZCx"
    said = f"Error validating access token {token}: see https://x.test/?access_token={token} for {token}"
    error, _ = from_body({"code": 190, "message": said, "fbtrace_id": "Axyz"}, 400, (token,))
    assert token not in str(error)
    assert "https://x.test/?*** for" in str(error)
    assert "Error validating" in str(error)
    assert error.trace_id == "Axyz"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("read https://developers.facebook.com/docs/graph-api/using-graph-api/error-handling.", None),
        ("(#100) wrong field? See https://developers.facebook.com/docs/marketing-api", None),
        (
            "see https://graph.facebook.com/v25.0/act_1?x=1&sig=abcdefgh now",
            "see https://graph.facebook.com/v25.0/act_1?*** now",
        ),
        ("at https://user:password@proxy.test/path", "at https://***@proxy.test/path"),
        ("go to https://x.test/cb#access_token=abcdefgh,", "go to https://x.test/cb#***"),
    ],
)
def test_a_link_keeps_its_host_and_path_and_loses_what_could_be_secret(said: str, told: str | None) -> None:
    assert scrub(said) == (told or said)


def test_a_short_secret_does_not_mask_ordinary_words() -> None:
    assert scrub("the token t", ("t",)) == "the token t"


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("(#100) reach, ctr are not valid for fields param.", ("reach", "ctr")),
        ("(#100) Tried accessing nonexisting field (reach) on node type (AdsInsights)", ("reach",)),
        ("(#100) Tried accessing nonexisting summary field (ctr)", ("ctr",)),
        ("(#100) spend is not valid for fields param.", ()),
        ("(#100) param time_range must be non-empty", ()),
        ("(#100) fields reach, ctr, spend, actions are all wrong", ()),
    ],
)
def test_refused_fields_are_read_out_of_the_text_but_never_essential_ones(
    message: str, refused: tuple[str, ...]
) -> None:
    error = PlatformError(message, error_class=ErrorClass.PERMANENT, code=100)
    assert unknown_fields(error, ("reach", "ctr", "spend", "actions")) == refused
