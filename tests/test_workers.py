"""The suite itself: what is expensive is made once."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="only one worker")
def test_tests_of_a_file_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith(f"@{request.path}"), "the group is lost: is --dist loadgroup missing?"
