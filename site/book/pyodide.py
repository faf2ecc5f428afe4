"""Build Python for the browser: Pyodide with NumPy, Matplotlib and the course, trimmed and byte-compiled.

    python -m book.pyodide core OUT        # unmodified, with NumPy and the course: for the tests in node
    python -m book.pyodide site OUT        # for the site: the pages and JupyterLite share it

book/carrier.py downloads and verifies the parts. Everything but the course is compiled once and cached; the course's wheel
is compiled in every build. Raises carrier.PyodideUnavailable if a part cannot be downloaded.
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

from book.carrier import VERSION, PyodideUnavailable, cache, core, pure_wheel, run, sha256, wheels

SITE = Path(__file__).resolve().parents[1]
FOR_CHECKS = ("numpy",)
FOR_SITE = ("numpy", "matplotlib", "ipython", "jedi", "micropip", "pyodide-http", "matplotlib-inline")
NOT_IN_LOCK = {"comm": ["traitlets"]}  # required by JupyterLite's kernel: name and dependencies
COURSE, DATA = "descent-course", "descent-data"
HEAVY = re.compile(
    r"^descent/(figures/fonts/.*\.otf|data/mnist\.npz)$"
)  # not needed for checks: shipped as a separate wheel
# Never used by a page: tests, headers, f2py, type stubs, and parts of the standard library that need a screen or a network.
DROPPED = re.compile(
    r"/tests?/|\.(h|a|pxd|pyi)$|/f2py/|/include/"
    r"|^(idlelib|tkinter|ensurepip|lib2to3|turtledemo|pydoc_data|test|distutils|venv|turtle|curses)[/.]"
)
SOURCE_KEPT = re.compile(r"^descent/broken_\w+\.pyc?$")  # a chapter prints the source of these programs
STUBS_KEPT = re.compile(r"^jedi/third_party/.*\.pyi$")  # jedi reads stubs
EPOCH = (2020, 2, 2, 0, 0, 0)  # of all files in our archives, so that equal contents give equal bytes


def pure_entry(name: str, file: str, data: bytes, *, depends: list[str], imports: list[str]) -> dict:
    """An entry for Pyodide's lock that describes a pure Python wheel."""
    return {
        "name": name, "version": file.split("-")[1], "file_name": file, "install_dir": "site", "sha256": sha256(data),
        "package_type": "package", "imports": imports, "depends": depends, "unvendored_tests": False,
    }  # fmt: skip


def write(folder: Path, files: dict[str, bytes], lock: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def parts(requested: Iterable[str], extra: dict[str, list[str]]) -> tuple[dict[str, bytes], dict]:
    """(files, lock) of Pyodide with the requested packages and `extra` pure ones: {name: dependencies}."""
    files = core()
    lock = json.loads(files.pop("pyodide-lock.json"))
    packages = {}
    for name, (entry, data) in wheels(lock, requested).items():
        packages[name], files[entry["file_name"]] = entry, data
    for name, depends in extra.items():
        file, data = pure_wheel(name)
        packages[name], files[file] = pure_entry(name, file, data, depends=depends, imports=[name]), data
    return files, {"info": lock["info"], "packages": packages}


def course_wheel(course: Path) -> tuple[str, bytes]:
    """(file name, bytes) of the course's wheel, built from its sources without network access."""
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


def build_core(course: Path, out: Path) -> None:
    """Write unmodified Pyodide with NumPy and the course into `out`."""
    files, lock = parts(FOR_CHECKS, {})
    file, data = course_wheel(course)
    lock["packages"][COURSE] = pure_entry(COURSE, file, data, depends=["numpy"], imports=["descent"])
    write(out, files | {file: data}, lock)


def compile_archives(folder: Path, archives: dict[str, bytes], target: Path) -> None:
    """Compile `archives` to byte code with the Pyodide in `folder`, trim them and write them into `target`."""
    with tempfile.TemporaryDirectory() as sources, tempfile.TemporaryDirectory() as compiled:
        for name, data in archives.items():
            (Path(sources) / name).write_bytes(data)
        run(["node", SITE / "js" / "compile.mjs", folder, sources, compiled], "byte code for the browser")
        for name in archives:
            (target / name).write_bytes(
                trimmed((Path(compiled) / name).read_bytes(), library=name == "python_stdlib.zip")
            )


def trimmed(data: bytes, *, library: bool) -> bytes:
    """A compiled archive without sources and without DROPPED files. Equal input gives equal bytes."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as output,
    ):
        names, lines, record = set(archive.namelist()), [], None
        for name in sorted(names):
            if name.endswith("/") or (DROPPED.search(name) and not STUBS_KEPT.search(name)):
                continue
            if name.endswith(".dist-info/RECORD"):
                record = name
                continue
            if SOURCE_KEPT.match(name):
                if name.endswith(".pyc"):
                    continue
            elif name.endswith(".py") and name + "c" in names:
                continue
            content = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(content)}")
            output.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
        if record and not library:
            output.writestr(
                zipfile.ZipInfo(record, EPOCH), "\n".join([*lines, f"{record},,"]) + "\n", zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def base() -> Path:
    """The folder of compiled Pyodide without the course, cached under a hash of the scripts that build it."""
    scripts = [Path(__file__), SITE / "book" / "carrier.py", SITE / "js" / "compile.mjs"]
    ready = cache() / f"pyodide-{VERSION}-{sha256(b''.join(path.read_bytes() for path in scripts))[:16]}"
    if not ready.is_dir():
        files, lock = parts(FOR_SITE, NOT_IN_LOCK)
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            original, target = Path(folder) / "original", Path(folder) / "compiled"
            write(original, files, lock)
            shutil.copytree(original, target)
            archives = {name: data for name, data in files.items() if name.endswith((".whl", ".zip"))}
            compile_archives(original, archives, target)
            for entry in lock["packages"].values():
                entry["sha256"] = sha256((target / entry["file_name"]).read_bytes())
            write(target, {}, lock)
            for old in cache().glob(f"pyodide-{VERSION}-*/"):
                shutil.rmtree(old)
            shutil.move(target, ready)
    return ready


def split_heavy(file: str, data: bytes) -> tuple[bytes, tuple[str, bytes]]:
    """Split a wheel: (bytes without its HEAVY files, (file name, bytes) of a wheel with only those)."""
    light, heavy = io.BytesIO(), io.BytesIO()
    version = file.split("-")[1]
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(light, "w") as light_wheel,
        zipfile.ZipFile(heavy, "w") as heavy_wheel,
    ):
        for name in archive.namelist():
            wheel = heavy_wheel if HEAVY.match(name) else light_wheel
            wheel.writestr(zipfile.ZipInfo(name, EPOCH), archive.read(name), zipfile.ZIP_DEFLATED)
        info = f"descent_data-{version}.dist-info"
        for name, text in (
            ("METADATA", f"Metadata-Version: 2.1\nName: {DATA}\nVersion: {version}\n"),
            ("WHEEL", "Wheel-Version: 1.0\nGenerator: descent\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("RECORD", ""),
        ):
            heavy_wheel.writestr(zipfile.ZipInfo(f"{info}/{name}", EPOCH), text)
    return light.getvalue(), (f"descent_data-{version}-py3-none-any.whl", heavy.getvalue())


def ship(course: Path, out: Path) -> None:
    """Write the site's Python into `out`: compiled Pyodide, and the course as two wheels."""
    ready = base()
    shutil.copytree(ready, out)
    lock = json.loads((out / "pyodide-lock.json").read_text(encoding="utf-8"))
    file, data = course_wheel(course)
    light, (data_file, heavy) = split_heavy(file, data)
    compile_archives(ready, {file: light, data_file: heavy}, out)
    for name, wheel, depends, imports in (
        (COURSE, file, ["numpy", "matplotlib", "matplotlib-inline", "ipython", DATA], ["descent"]),
        (DATA, data_file, [], []),
    ):
        lock["packages"][name] = pure_entry(name, wheel, (out / wheel).read_bytes(), depends=depends, imports=imports)
    write(out, {}, lock)


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in ("core", "site"):
        sys.exit(__doc__)
    build = build_core if sys.argv[1] == "core" else ship
    try:
        build(SITE.parent, Path(sys.argv[2]))
    except PyodideUnavailable as error:
        sys.exit(f"Pyodide cannot be had: {error}")


if __name__ == "__main__":
    main()
