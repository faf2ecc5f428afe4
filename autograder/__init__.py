"""The grader: one package for each stage of a submission's way; the modules beside them are its commands."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]  # the checkout

# jsonschema, which nbformat imports, builds a grammar for URLs if rfc3987_syntax is installed: 1.5 s in every process
# that grades. Nobody here checks URLs.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def load_object(dotted: str) -> Any:
    """The class or function that "module:name" or "module.name" stands for. Raises ImportError or AttributeError."""
    module, _, name = dotted.replace(":", ".").rpartition(".")
    return getattr(import_module(module), name)
