"""Property tests draw the same examples everywhere, and do not fail because the machine was busy."""

import pytest
from hypothesis import HealthCheck, settings

import autograder  # noqa: F401  (before nbformat is imported anywhere: it spares jsonschema a grammar of three seconds)

settings.register_profile("descent", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("descent")

pytest.register_assert_rewrite("explorers")  # its checks say what differs, as those of a test file do

# Files left out of `make test-fast`: each takes seconds in one test, or very many tests.
SLOW = {
    "test_adopt", "test_audit", "test_authors", "test_bench", "test_bounded_pages", "test_build",
    "test_capstone_class", "test_cells", "test_cluster", "test_contracts", "test_cpu_affinity", "test_docs",
    "test_exchange", "test_exchange_commands", "test_explore", "test_explore_depth", "test_explore_landscape",
    "test_explore_paths", "test_explore_penalties", "test_explore_race", "test_export", "test_failures",
    "test_fair_clock", "test_feedback", "test_figures_iconic", "test_figures_style", "test_fingerprint",
    "test_give_back", "test_grade", "test_graders", "test_hostile", "test_hub", "test_instructor_transfer",
    "test_intake_files", "test_intake_pictures", "test_journal", "test_judge", "test_language", "test_mark",
    "test_migrate", "test_mistakes", "test_mutation", "test_nbgrader_commands", "test_needs", "test_new_class",
    "test_one_answer", "test_people", "test_record", "test_regrade", "test_report", "test_run", "test_same_card",
    "test_site_book", "test_soak", "test_start", "test_student_package", "test_take_in", "test_unsolved", "test_walls", "test_wasm",
}  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter):
    """What was not run for want of a tool, in red at the end: a skip alone is overlooked."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr)
        if "NOT RUN" in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "), red=True, bold=True)
