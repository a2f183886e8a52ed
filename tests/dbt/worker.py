"""dbt in a process of its own that stays: the second session costs a fifth of the first.

Reads one JSON object per line ({"args", "folders", "env"}) and answers with one ({"success", "error", "results"}).
Run as a module by tests.dbt.runner; nothing else belongs here.
"""

import json
import os
import sys
from typing import Any

from dbt.cli.main import dbtRunner


def _results(outcome: Any) -> list[dict[str, str]]:
    return [
        {
            "name": result.node.name,
            "kind": str(result.node.resource_type),
            "status": str(result.status),
            "message": str(result.message or ""),
        }
        for result in getattr(outcome, "results", [])
    ]


def _aim(manifest: Any, database: str) -> None:
    """Point what was parsed at another database; parsing again would take longer than the run."""
    for node in [*manifest.nodes.values(), *manifest.sources.values()]:
        if getattr(node, "relation_name", None):
            node.relation_name = node.relation_name.replace(f'"{node.database}"', f'"{database}"', 1)
        node.database = database


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path of ours
        os.dup2(nowhere.fileno(), 1)
    manifest = None
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["env"])
        if manifest is None:
            manifest = dbtRunner().invoke(["--quiet", "parse", *request["folders"]]).result
        _aim(manifest, request["env"]["ADTRACK_PGDATABASE"])
        runner = dbtRunner(manifest=None if request["args"][0] == "parse" else manifest)
        done = runner.invoke(["--quiet", *request["args"], *request["folders"]])
        answer = {"success": done.success, "error": str(done.exception or ""), "results": _results(done.result)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
