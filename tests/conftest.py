"""Property tests draw the same examples everywhere, and do not fail because the machine was busy."""

import pytest
from hypothesis import HealthCheck, settings

import autograder  # noqa: F401  (before nbformat is imported anywhere: it spares jsonschema a grammar of three seconds)

settings.register_profile("descent", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("descent")

pytest.register_assert_rewrite("explorers")  # its checks say what differs, as those of a test file do
