"""Talking to the running UI over its own HTTP API: is it there, has it loaded the project, start this run."""

from collections.abc import Mapping
from typing import Any

import httpx

REPOSITORY = "__repository__"
TIMEOUT = 10.0
UNREACHABLE = "DagsterUserCodeUnreachableError"

_LOCATIONS = """
{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus
    locationOrLoadError { __typename ... on PythonError { message } } } } } }
"""
_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""


class Ui:
    """The webserver at an address of this machine."""

    def __init__(self, url: str) -> None:
        self._url = url

    def location_problem(self, location: str) -> str | None:
        """None once the project is loaded; "" while it is not there yet; else what is wrong with it."""
        try:
            answer = self._ask(_LOCATIONS, {})
        except httpx.HTTPError:
            return ""
        entries = answer["workspaceOrError"].get("locationEntries", [])
        entry = next((one for one in entries if one["name"] == location), None)
        if entry is None or entry["loadStatus"] != "LOADED" or entry["locationOrLoadError"] is None:
            return ""
        found = entry["locationOrLoadError"]
        if found["__typename"] != "PythonError":
            return None
        # The UI may be up before the code server is; it looks again by itself.
        return "" if UNREACHABLE in found["message"] else str(found["message"])

    def launch(self, location: str, job: str, *, config: Mapping[str, Any], tags: Mapping[str, str]) -> str | None:
        """Start a job; returns the run's id, None when the UI refuses.

        Args:
            location: name of the code location.
            job: name of the job.
            config: the run's config.
            tags: run tags, such as the range of partitions.
        """
        params = {
            "selector": {
                "repositoryLocationName": location,
                "repositoryName": REPOSITORY,
                "jobName": job,
            },
            "mode": "default",
            "runConfigData": config,
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        result = self._ask(_LAUNCH, {"params": params})["launchRun"]
        return str(result["run"]["runId"]) if result["__typename"] == "LaunchRunSuccess" else None

    def _ask(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self._url}/graphql", json=body, timeout=TIMEOUT).raise_for_status().json()
        data: Mapping[str, Any] = answer["data"]
        return data
