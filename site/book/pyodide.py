"""Python for the browser: Pyodide with NumPy, Matplotlib and the course, trimmed and byte-compiled.

    python -m book.pyodide core OUT        # as it is, with NumPy and the course: what the tests in node run
    python -m book.pyodide site OUT        # what the site ships: pages and JupyterLite share it

book/carrier.py gets and verifies the parts. What never changes is compiled once and kept in the cache; the course's own
wheel is compiled each time. Raises carrier.NotToBeHad where a part cannot be had.
"""

import base64
import hashlib
import io
import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from book.carrier import VERSION, NotToBeHad, cache, core, pure_wheel, run, sha256, wheels

SITE = Path(__file__).resolve().parents[1]
FOR_CHECKS = ("numpy",)
FOR_SITE = ("numpy", "matplotlib", "ipython", "jedi", "micropip", "pyodide-http", "matplotlib-inline")
NOT_IN_LOCK = {"comm": ["traitlets"]}  # JupyterLite's kernel wants it: what it stands on
COURSE, DATA = "descent-course", "descent-data"
HEAVY = re.compile(r"^descent/(figures/fonts/.*\.otf|data/mnist\.npz)$")  # no check needs them: a wheel of their own
# What no page runs: tests, headers, f2py, type stubs, and parts of the standard library that need a screen or a network.
DROPPED = re.compile(
    r"/tests?/|\.(h|a|pxd|pyi)$|/f2py/|/include/"
    r"|^(idlelib|tkinter|ensurepip|lib2to3|turtledemo|pydoc_data|test|distutils|venv|turtle|curses)[/.]"
)
SHOWN = re.compile(r"^descent/broken_\w+\.pyc?$")  # a chapter shows these programs: they keep their source
KEPT = re.compile(r"^jedi/third_party/.*\.pyi$")  # jedi reads stubs


def pure_entry(name: str, file: str, data: bytes, *, depends: list[str], imports: list[str]) -> dict:
    """An entry of Pyodide's lock for a pure wheel of ours."""
    return {
        "name": name, "version": file.split("-")[1], "file_name": file, "install_dir": "site", "sha256": sha256(data),
        "package_type": "package", "imports": imports, "depends": depends, "unvendored_tests": False,
    }  # fmt: skip


def write(folder: Path, files: dict[str, bytes], lock: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def parts(wanted: Iterable[str], extra: dict[str, list[str]]) -> tuple[dict[str, bytes], dict]:
    """(files, lock) of Pyodide with the packages `wanted` and the `extra` pure ones."""
    files = core()
    lock = json.loads(files.pop("pyodide-lock.json"))
    packages = {}
    for name, (entry, data) in wheels(lock, wanted).items():
        packages[name], files[entry["file_name"]] = entry, data
    for name, depends in extra.items():
        file, data = pure_wheel(name)
        packages[name], files[file] = pure_entry(name, file, data, depends=depends, imports=[name]), data
    return files, {"info": lock["info"], "packages": packages}


def course_wheel(course: Path) -> tuple[str, bytes]:
    """The wheel of the course, built from its sources without a network."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSES", "src/descent"):
            source, target = course / name, copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
        run([*command, "--no-build-isolation", copy, "-w", folder], "the wheel of the course")
        (path,) = Path(folder).glob("descent_course-*.whl")
        return path.name, path.read_bytes()


def plain(course: Path, out: Path) -> None:
    """Pyodide as it is, with NumPy and the course, in the folder `out`."""
    files, lock = parts(FOR_CHECKS, {})
    file, data = course_wheel(course)
    lock["packages"][COURSE] = pure_entry(COURSE, file, data, depends=["numpy"], imports=["descent"])
    write(out, files | {file: data}, lock)


def compiled(folder: Path, archives: dict[str, bytes], target: Path) -> None:
    """Write `archives` into `target` as byte code, made by the Pyodide in `folder`, and trimmed."""
    with tempfile.TemporaryDirectory() as before, tempfile.TemporaryDirectory() as after:
        for name, data in archives.items():
            (Path(before) / name).write_bytes(data)
        run(["node", SITE / "js" / "compile.mjs", folder, before, after], "byte code for the browser")
        for name in archives:
            (target / name).write_bytes(trimmed((Path(after) / name).read_bytes(), library=name == "python_stdlib.zip"))


def trimmed(data: bytes, *, library: bool) -> bytes:
    """An archive of byte code without sources and without what no page runs; the same bytes every time."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as to,
    ):
        names, lines, record = set(archive.namelist()), [], None
        for name in sorted(names):
            if name.endswith("/") or (DROPPED.search(name) and not KEPT.search(name)):
                continue
            if name.endswith(".dist-info/RECORD"):
                record = name
                continue
            if SHOWN.match(name):
                if name.endswith(".pyc"):
                    continue
            elif name.endswith(".py") and name + "c" in names:
                continue
            content = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(content)}")
            to.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
        if record and not library:
            to.writestr(zipfile.ZipInfo(record, EPOCH), "\n".join([*lines, f"{record},,"]) + "\n", zipfile.ZIP_DEFLATED)
    return out.getvalue()


EPOCH = (2020, 2, 2, 0, 0, 0)


def base() -> Path:
    """Pyodide without the course, compiled; kept in the cache under a hash of what makes it."""
    scripts = [Path(__file__), SITE / "book" / "carrier.py", SITE / "js" / "compile.mjs"]
    ready = cache() / f"pyodide-{VERSION}-{sha256(b''.join(path.read_bytes() for path in scripts))[:16]}"
    if not ready.is_dir():
        files, lock = parts(FOR_SITE, NOT_IN_LOCK)
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            plain_folder, made = Path(folder) / "plain", Path(folder) / "made"
            write(plain_folder, files, lock)
            shutil.copytree(plain_folder, made)
            compiled(
                plain_folder, {name: data for name, data in files.items() if name.endswith((".whl", ".zip"))}, made
            )
            for entry in lock["packages"].values():
                entry["sha256"] = sha256((made / entry["file_name"]).read_bytes())
            write(made, {}, lock)
            for old in cache().glob(f"pyodide-{VERSION}-*/"):
                shutil.rmtree(old)
            shutil.move(made, ready)
    return ready


def split(file: str, data: bytes) -> tuple[bytes, tuple[str, bytes]]:
    """(a wheel without its heavy files, (name, bytes) of a wheel that holds only those)."""
    light, heavy = io.BytesIO(), io.BytesIO()
    version = file.split("-")[1]
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(light, "w") as to,
        zipfile.ZipFile(heavy, "w") as aside,
    ):
        for name in archive.namelist():
            (aside if HEAVY.match(name) else to).writestr(
                zipfile.ZipInfo(name, EPOCH), archive.read(name), zipfile.ZIP_DEFLATED
            )
        info = f"descent_data-{version}.dist-info"
        for name, text in (
            ("METADATA", f"Metadata-Version: 2.1\nName: {DATA}\nVersion: {version}\n"),
            ("WHEEL", "Wheel-Version: 1.0\nGenerator: descent\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("RECORD", ""),
        ):
            aside.writestr(zipfile.ZipInfo(f"{info}/{name}", EPOCH), text)
    return light.getvalue(), (f"descent_data-{version}-py3-none-any.whl", heavy.getvalue())


def ship(course: Path, out: Path) -> None:
    """The folder that the site ships: what base() keeps, and the course as two wheels."""
    ready = base()
    shutil.copytree(ready, out)
    lock = json.loads((out / "pyodide-lock.json").read_text(encoding="utf-8"))
    file, data = course_wheel(course)
    light, (data_file, heavy) = split(file, data)
    compiled(ready, {file: light, data_file: heavy}, out)
    for name, one, depends, imports in (
        (COURSE, file, ["numpy", "matplotlib", "matplotlib-inline", "ipython", DATA], ["descent"]),
        (DATA, data_file, [], []),
    ):
        lock["packages"][name] = pure_entry(name, one, (out / one).read_bytes(), depends=depends, imports=imports)
    write(out, {}, lock)


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in ("core", "site"):
        sys.exit(__doc__)
    make = plain if sys.argv[1] == "core" else ship
    try:
        make(SITE.parent, Path(sys.argv[2]))
    except NotToBeHad as error:
        sys.exit(f"Pyodide cannot be had: {error}")


if __name__ == "__main__":
    main()
