"""The suite itself: what is expensive is made once."""

import os

import pytest


def test_tests_of_a_file_stay_on_one_worker_where_there_are_several(request: pytest.FixtureRequest) -> None:
    several = "PYTEST_XDIST_WORKER" in os.environ
    grouped = request.node.nodeid.endswith(f"@{request.path}")
    assert grouped == several, "the group is lost: is --dist loadgroup missing?"
