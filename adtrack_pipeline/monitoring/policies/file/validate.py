"""Plain data to a model, every mistake with its line."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adtrack_pipeline.monitoring.policies.file.allowed import allowed_keys, allowed_types, did_you_mean
from adtrack_pipeline.monitoring.policies.file.errors import PoliciesError, Problem
from adtrack_pipeline.monitoring.policies.file.tree import Document, Location, dotted

M = TypeVar("M", bound=BaseModel)

# What pydantic calls a wrong type, as a person would say it.
_WORDS = {
    "missing": "is missing.",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "dict_type": "must hold keys of its own",
    "model_type": "must hold keys of its own",
    "model_attributes_type": "must hold keys of its own",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "finite_number": "must be a finite number",
}

_ABSENT = {"missing", "union_tag_not_found"}


def validate(document: Document, model: type[M], *, section: str | None = None, echo_values: bool = True) -> M:
    """The document, or one section of it (empty when the file does not have it), as a model.

    Args:
        document: what the file says.
        model: what may stand there; unknown keys are refused if the model forbids them.
        section: a key at the top of the file; None for the whole file.
        echo_values: repeat wrong values in messages; not for sections that may hold secrets.

    Raises:
        PoliciesError: every mistake with file, line, key and what is allowed.
    """
    top: Location = (section,) if section else ()
    data: Any = document.data.get(section) if section else document.data
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [_problem(document, model, top, one, echo_values=echo_values) for one in details]
        raise PoliciesError(document.name, list(dict.fromkeys(problems))) from None


def _problem(
    document: Document, model: type[BaseModel], top: Location, error: ErrorDetails, *, echo_values: bool
) -> Problem:
    location = (*top, *error["loc"])
    place = document.place(location)
    if error["type"] == "extra_forbidden":
        allowed = allowed_keys(model, error["loc"][:-1])
        hint = did_you_mean(str(error["loc"][-1]), allowed)
        message = f"is not known here;{hint} Allowed: {', '.join(allowed)}."
    elif error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        types = allowed_types(model, error["loc"])
        name = error["ctx"]["discriminator"].strip("'")
        location = (*location, name)
        place, message = document.place(location), f"must be one of {', '.join(map(repr, types))}."
    else:
        message = _sentence(error, echo_value=echo_values)
    key = (*document.known_part(location), location[-1]) if error["type"] in _ABSENT else None
    return Problem(place.line, place.column, dotted(key or document.known_part(location)), message)


def _sentence(error: ErrorDetails, *, echo_value: bool) -> str:
    text = _WORDS.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    text = text.replace("Input should be", "must be").rstrip(".")
    value = error["input"]
    is_short = isinstance(value, str | int | float | bool) and len(str(value)) <= 60
    if echo_value and is_short and error["type"] != "missing" and ", not " not in text:
        text += f", not {value!r}"
    return f"{text}."
