"""Which keys a model takes at a place in a file, read from its JSON schema."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

Schema = Mapping[str, Any]


def allowed_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Keys allowed in the mapping at `location` (as pydantic names it: types of a union are parts of it)."""
    root = model.model_json_schema(by_alias=True)
    options = [option for schema in _at(root, location) for option in _options(root, schema)]
    return list(dict.fromkeys(key for option in options for key in option.get("properties", {})))


def allowed_types(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """What the key that tells types apart may say in the mapping at `location`."""
    root = model.model_json_schema(by_alias=True)
    return [word for schema in _at(root, location) for word in schema.get("discriminator", {}).get("mapping", {})]


def did_you_mean(word: str, allowed: Sequence[str]) -> str:
    """` did you mean 'x'?` or nothing."""
    close = difflib.get_close_matches(word.lower(), [one.lower() for one in allowed], n=1, cutoff=0.6)
    meant = next((one for one in allowed if close and one.lower() == close[0]), None)
    return f" did you mean '{meant}'?" if meant else ""


def _at(root: Schema, location: Sequence[str | int]) -> list[Schema]:
    here: list[Schema] = [root]
    for part in location:
        found = [child for schema in here for child in _children(root, schema, part)]
        here = found or here  # a part that leads nowhere names a type of a union
    return here


def _options(root: Schema, schema: Schema) -> Iterator[Schema]:
    """The schema behind references and unions."""
    if "$ref" in schema:
        yield from _options(root, root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]])
        return
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    if not choices:
        yield schema
    for choice in choices:
        yield from _options(root, choice)


def _children(root: Schema, schema: Schema, part: str | int) -> Iterator[Schema]:
    mapped = schema.get("discriminator", {}).get("mapping", {})
    if part in mapped:
        yield {"$ref": mapped[part]}
        return
    for option in _options(root, schema):
        if part in option.get("properties", {}):
            yield option["properties"][part]
        elif isinstance(part, int) and isinstance(option.get("items"), Mapping):
            yield option["items"]
        elif isinstance(option.get("additionalProperties"), Mapping):
            yield option["additionalProperties"]
