"""Grading, one step per file: admit, run, judge, record; `grade.py` is the command on top."""

import sys

# nbformat imports jsonschema, and that builds a grammar of all web addresses: a second and a half in every process
# that grades, for a check that nobody here asks for. jsonschema does without when it is not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
