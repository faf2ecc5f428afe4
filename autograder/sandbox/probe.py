"""Try what must not work behind the walls, once, before any submission is run: do they stand on this machine?"""

import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.sandbox import walls
from autograder.sandbox.zygote import environment, inner, lay_out


def command(base: Path) -> list[str]:
    """The argv that goes through both walls once and prints which of them stand."""
    lay_out(base)
    folder = base / "runs" / "probe"
    (folder / "home").mkdir(parents=True)
    for path in (folder, folder / "home"):
        walls.give(path)
    return walls.command(base, base / "runs", environment(base), inner("probe", str(folder)))


@functools.cache
def look() -> tuple[dict | None, str | None]:
    """Go through the walls once. (what inside/probe.py found, or None; what is wrong and the cure, or None)"""
    if sys.platform != "linux":
        return None, (f"the walls around submissions need Linux, this is {sys.platform}: grade in a Linux container or "
                      "virtual machine, or trust the code and say make grade ARGS=--unsafe-no-sandbox")
    try:
        with tempfile.TemporaryDirectory(prefix="dg-") as place:
            done = subprocess.run(command(Path(place)), env={}, capture_output=True, text=True, timeout=60, cwd="/")
        found = json.loads(done.stdout)
    except walls.NoWalls as error:
        return None, str(error)
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"bubblewrap did not start: {error}. {walls.CURE}"
    except ValueError:
        said = " ".join(done.stderr.split())[-300:] or f"it ended with {done.returncode}"
        return None, f"the walls do not stand on this machine: {said}. {walls.CURE}"
    optional = ("landlock", "seccomp")
    missing = [name for name, stands in (found | found["namespaces"]).items() if not stands and name not in optional]
    return found, f"these walls do not stand on this machine: {', '.join(missing)}. {walls.CURE}" if missing else None


def require() -> None:
    """Raises walls.NoWalls when a student's code cannot be run safely here."""
    wrong = look()[1]
    if wrong:
        raise walls.NoWalls(wrong)
