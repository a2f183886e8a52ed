"""The published description of events, made from the models.

`python -m adtrack_pipeline.notify.events docs/events` writes it; a test holds the committed files against it.
"""

import json
from pathlib import PurePosixPath
from typing import Any

import yaml

from adtrack_pipeline.notify.events.envelope import SEQUENCE_DIGITS, dataschema_of
from adtrack_pipeline.notify.events.payloads import PAYLOADS, VERSION

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ADDRESS = "events.{platform}.{account}.{campaign}.{event}"


def published_files() -> dict[PurePosixPath, str]:
    """Text by file name: a schema per event type, one of the envelope, and the AsyncAPI document."""
    files = {PurePosixPath(f"{event_type}.schema.json"): _json(data_schema(event_type)) for event_type in PAYLOADS}
    files[PurePosixPath("envelope.schema.json")] = _json(envelope_schema())
    files[PurePosixPath("asyncapi.yaml")] = yaml.safe_dump(
        asyncapi(), sort_keys=False, allow_unicode=True, width=110
    )
    return files


def data_schema(event_type: str) -> dict[str, Any]:
    """JSON schema of an event type's data."""
    schema = next(model for name, model in PAYLOADS.items() if name == event_type).model_json_schema()
    return {"$schema": DRAFT, "$id": dataschema_of(event_type), **schema}


def envelope_schema() -> dict[str, Any]:
    """JSON schema of the envelope; `data` is described by the schema that `dataschema` names."""
    text = {"type": "string", "minLength": 1}
    described = {
        "specversion": {"const": "1.0"},
        "id": {**text, "format": "uuid", "description": "The same however often and wherever it is sent."},
        "source": {
            **text,
            "format": "uri-reference",
            "description": "The stream: /project/platform/account/campaign, or /project/model/name.",
        },
        "type": {"enum": list(PAYLOADS)},
        "subject": {**text, "description": f"{ADDRESS}, safe as a NATS subject."},
        "time": {**text, "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"enum": [dataschema_of(event_type) for event_type in PAYLOADS]},
        "sequence": {
            "type": "string",
            "pattern": f"^[0-9]{{{SEQUENCE_DIGITS}}}$",
            "description": "Contiguous within source, from 1; compares as text.",
        },
        "partitionkey": {
            **text,
            "description": "Campaign, else account, else the stream: of a model, or pipeline.",
        },
        "data": {"type": "object"},
    }
    optional = {
        "change": {
            "enum": ["opened", "escalated", "reminded", "resolved"],
            "description": "What is new about the alert.",
        },
        "severity": {"enum": ["low", "medium", "high", "critical"]},
        "alerttype": text,
        "environment": {"const": "SANDBOX", "description": "Present on simulated data only."},
        "timestamp": {**text, "format": "date-time", "description": "Webhooks only: the same as time."},
    }
    return {
        "$schema": DRAFT,
        "$id": f"urn:adtrack:event:envelope:{VERSION}",
        "title": "Envelope",
        "description": "CloudEvents 1.0 in JSON, as sent by webhook and, attribute by attribute, by NATS headers.",
        "type": "object",
        "properties": described | optional,
        "required": list(described),
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of the event stream."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "adtrack events", "version": f"{VERSION}.0.0", "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": ADDRESS,
                "description": "NATS JetStream stream CAMPAIGN_EVENTS, binary mode: attributes are ce- headers.",
                "parameters": {
                    "platform": {
                        "description": "meta; model: one that predicts; pipeline: the pipeline's own health"
                    },
                    "account": {"description": "ad account id, or -; of a model its name"},
                    "campaign": {"description": "campaign id, or - for a whole account"},
                    "event": {"enum": sorted({_last(name) for name in PAYLOADS})},
                },
                "messages": {_camel(name): {"$ref": f"#/components/messages/{_camel(name)}"} for name in PAYLOADS},
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "In order per source, at least once.",
            }
        },
        "components": {"messages": {_camel(name): _message(name) for name in PAYLOADS}},
    }


def _message(event_type: str) -> dict[str, Any]:
    return {
        "name": event_type,
        "summary": data_schema(event_type)["description"],
        "contentType": "application/json",
        "headers": {"$ref": "./envelope.schema.json"},
        "payload": {"$ref": f"./{event_type}.schema.json"},
    }


def _last(event_type: str) -> str:
    return event_type.rpartition(".")[2]


def _camel(event_type: str) -> str:
    return "".join(word.capitalize() for word in event_type.replace(".", "_").split("_"))


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


_ABOUT = (
    "What adtrack tells other programs, as CloudEvents 1.0. Events of one source are numbered without gaps "
    "(sequence) and delivered in order and at least once: drop what you have seen by (source, id)."
)
