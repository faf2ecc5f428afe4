"""Where Chromium is."""

import os
import shutil
import sys


def chromium() -> str:
    """The path in DESCENT_CHROMIUM, or of what is on the PATH. Ends the program with a sentence where there is none."""
    path = os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("site: this needs Chromium: install it, or set DESCENT_CHROMIUM to its path")
    return path
