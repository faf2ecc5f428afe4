"""The grader: one package for each stage of a submission's way; the modules beside them are its commands."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]  # the checkout

# nbformat imports jsonschema, and that builds a grammar of all web addresses: a second and a half in every process
# that grades, for a check that nobody here asks for. jsonschema does without when it is not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
