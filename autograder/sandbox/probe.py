"""Check that the sandbox works on this machine: try from inside what must fail, once, before any submission is run."""

import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.sandbox import shell_limits, walls
from autograder.sandbox.settings import Settings
from autograder.sandbox.zygote import environment, inner_argv, lay_out


def command(base: Path) -> list[str]:
    """The argv that runs inside/probe.py in the sandbox."""
    lay_out(base)
    folder = base / "runs" / "probe"
    (folder / "home").mkdir(parents=True)
    for path in (folder, folder / "home"):
        walls.give(path)
    return walls.command(base, base / "runs", environment(base), inner_argv("probe", str(folder)))


@functools.cache
def look() -> tuple[dict | None, str | None]:
    """(results of inside/probe.py, None if it did not run; what is wrong and the cure, None if nothing is)"""
    if sys.platform != "linux":
        return None, (
            f"the walls around submissions need Linux, this is {sys.platform}: grade in a Linux container or "
            "virtual machine, or trust the code and say make grade ARGS=--unsafe-no-sandbox"
        )
    if too_little := shell_limits.wrong(Settings().kernel_limits()):
        return None, too_little
    try:
        with tempfile.TemporaryDirectory(prefix="dg-") as folder:
            done = subprocess.run(command(Path(folder)), env={}, capture_output=True, text=True, timeout=60, cwd="/")
        results = json.loads(done.stdout)
    except walls.NoWalls as error:
        return None, str(error)
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"bubblewrap did not start: {error}. {walls.CURE}"
    except ValueError:
        stderr = " ".join(done.stderr.split())[-300:] or f"it ended with {done.returncode}"
        return None, f"the sandbox does not work on this machine: {stderr}. {walls.CURE}"
    optional = ("landlock", "seccomp")
    missing = [name for name, works in (results | results["namespaces"]).items() if not works and name not in optional]
    return results, f"the sandbox lacks on this machine: {', '.join(missing)}. {walls.CURE}" if missing else None


def require() -> None:
    """Raises walls.NoWalls when a student's code cannot be run safely here."""
    wrong = look()[1]
    if wrong:
        raise walls.NoWalls(wrong)
