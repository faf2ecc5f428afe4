"""The grader: one package for each stage of a submission's way; the modules beside them are its commands."""

import sys
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]  # the checkout
SERVER_EXTENSIONS = ("assignment_list", "course_list", "validate_assignment", "formgrader")  # nbgrader's

# jsonschema, which nbformat imports, builds a grammar for URLs if rfc3987_syntax is installed: 1.5 s in every process
# that grades. Nobody here checks URLs.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# A terminal that has no Chinese (PYTHONIOENCODING=ascii, a Latin-1 locale) shows a name as \\u5f20: every command prints
# names, and without this it would end with a traceback after the work is done.
for stream in (sys.stdout, sys.stderr):
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def import_nbgrader_alone() -> None:
    """Import nbgrader without the four Jupyter server extensions that its __init__ imports, with them its commands,
    exchange and exporters: two thirds of the time. Who needs one of these imports it as ever."""
    if "nbgrader" in sys.modules:
        return
    names = [f"nbgrader.server_extensions.{name}" for name in SERVER_EXTENSIONS]
    for name in names:
        sys.modules[name] = stand_in = ModuleType(name)
        stand_in.load_jupyter_server_extension = partial(load_extension, name)  # type: ignore[attr-defined]
    try:
        import_module("nbgrader")
    finally:
        for name in names:
            del sys.modules[name]


def load_extension(name: str, server: Any) -> None:
    import_module(name).load_jupyter_server_extension(server)


def load_object(dotted: str) -> Any:
    """The class or function that "module:name" or "module.name" stands for. Raises ImportError or AttributeError."""
    module, _, name = dotted.replace(":", ".").rpartition(".")
    return getattr(import_module(module), name)
