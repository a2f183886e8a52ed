"""Words shared by all sections: a strict, frozen model and the types of its values."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator


class Section(BaseModel):
    """A mapping in the file. Unknown keys are refused; what is not said comes from the layer below (`overlay`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_said(cls, value: Any) -> Any:
        return {} if value is None else value  # `budgets:` with every key below it commented out


def _text(value: Any) -> Any:
    """An id written without quotes is a number to YAML and text to us."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _account_id(value: str) -> str:
    return value.removeprefix("act_")


def _per_currency(value: Any) -> Any:
    is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
    return {"default": value} if is_number else value


def _currencies(value: dict[str, float]) -> dict[str, float]:
    for key in value:
        if key != "default" and not re.fullmatch(r"[A-Z]{3}", key):
            raise ValueError(f"has the key {key!r}; keys are currency codes such as USD, or 'default'")
    return value


Name = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
AccountName = Annotated[Name, AfterValidator(_account_id)]

T = TypeVar("T")
MappingOf = Annotated[dict[str, T], BeforeValidator(lambda value: {} if value is None else value)]
"""A mapping whose entries may all be commented out."""
ListOf = Annotated[tuple[T, ...], BeforeValidator(lambda value: () if value is None else value)]
"""A list whose entries may all be commented out."""

Lines = dict[str, float]

Line = Annotated[
    dict[str, Annotated[float, Field(ge=0)]],
    BeforeValidator(_per_currency),
    AfterValidator(_currencies),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {
                    "type": "object",
                    "propertyNames": {"pattern": "^([A-Z]{3}|default)$"},
                    "additionalProperties": {"type": "number", "minimum": 0},
                },
            ]
        }
    ),
]
"""A line that may differ by account currency: `2.0`, or `{default: 2.0, JPY: 300}`; no entry, no line."""


def line_for(line: Lines | None, currency: str | None) -> float | None:
    """The line that holds in a currency, or None."""
    if line is None:
        return None
    return line.get(currency or "default", line.get("default"))
