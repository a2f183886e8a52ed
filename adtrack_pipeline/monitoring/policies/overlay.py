"""Laying what one layer says over another, key by key."""

from typing import TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def overlay(base: M, said: BaseModel) -> M:
    """`base` with every key that `said` states explicitly, at any depth; lists are replaced whole.

    `said` may be of a class whose fields are a part of base's.
    """
    changed = {}
    for name in said.model_fields_set:
        below, above = getattr(base, name), getattr(said, name)
        if isinstance(below, BaseModel) and isinstance(above, BaseModel):
            changed[name] = overlay(below, above)
        elif _holds_models(below) and _holds_models(above):
            changed[name] = below | above
        else:
            changed[name] = above
    return base.model_copy(update=changed)


def _holds_models(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, BaseModel) for one in value.values())
