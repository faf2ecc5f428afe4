"""Find Chromium."""

import os
import shutil
import sys


def chromium() -> str:
    """The path of Chromium: DESCENT_CHROMIUM, or what is on the PATH. Exits with a message if there is none."""
    path = os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("site: this needs Chromium: install it, or set DESCENT_CHROMIUM to its path")
    return path
