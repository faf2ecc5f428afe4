"""Property tests draw the same examples everywhere, and do not fail because the machine was busy."""

import pytest
from hypothesis import HealthCheck, settings

import autograder  # noqa: F401  (before nbformat is imported anywhere: it spares jsonschema a grammar of three seconds)

settings.register_profile("descent", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("descent")

pytest.register_assert_rewrite("explorers")  # its checks say what differs, as those of a test file do

# Files left out of `make test-fast`: each takes seconds in one test, or very many tests.
SLOW = {
    "test_authors", "test_bench", "test_bounded_pages", "test_build", "test_capstone_class", "test_cells", "test_cluster",
    "test_contracts", "test_cpu_affinity", "test_exchange", "test_export", "test_fair_clock", "test_figures_iconic",
    "test_fingerprint", "test_grade", "test_hostile", "test_instructor_transfer", "test_intake_files",
    "test_intake_pictures", "test_journal", "test_judge", "test_mark", "test_mistakes", "test_mutation",
    "test_nbgrader_roads", "test_record", "test_run", "test_same_card", "test_soak", "test_start", "test_student_package",
    "test_trouble", "test_unsolved", "test_walls", "test_wasm",
}  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
