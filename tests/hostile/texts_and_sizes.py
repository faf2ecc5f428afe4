"""Attacks by submitted files: texts that take long to render, and sizes. name -> (what it tries, function that writes it)."""

import io
import json
import zipfile

import nbformat
from nbformat.v4 import new_markdown_cell

NAME = "tiny.ipynb"
LONG = 40_000  # characters, fewer than the page's limit for one cell


def essay(text):
    """The essay and a text cell of the student's own."""

    def attack(folder, nb):
        nb.cells.append(new_markdown_cell(text, id="mine"))
        next(c for c in nb.cells if c.id == "why").source = text
        nbformat.write(nb, folder / NAME)

    return attack


def repeated(part, size=LONG):
    return essay(part * (size // len(part)))


TEXTS = {
    "nested_quotes": ("quotes within quotes", essay("\n".join(">" * n + " a" for n in range(1, 280)))),
    "nested_lists": ("lists within lists", essay("\n".join("  " * n + "- a" for n in range(180)))),
    "long_table": ("a table of 8,000 columns", essay("|" + "a|" * 8000 + "\n|" + "-|" * 8000 + "\n|" + "b|" * 8000)),
    "open_links": ("links that are never closed", repeated("[a](<b")),
    "open_brackets": ("brackets that are never closed", repeated("[")),
    "backticks": ("runs of backquotes, each of another length", essay(" ".join("`" * n for n in range(1, 280)))),
    "emphasis": ("emphasis that is never closed", repeated("*a **a _a __a ")),
    "open_formulas": ("formulas that are never closed", repeated("$a $$b \\begin{x} \\( ")),
    "formulas": ("20,000 formulas", repeated("$x$ ", 49_000)),
    "deep_fractions": (
        "fractions within fractions",
        essay("$" + "\\frac{1}{" * 190 + "}" * 190 + "$\n" + "$\\sqrt{" * 300),
    ),
    "attributes": ("a tag with 5,000 attributes", essay("<a " + "title=a " * 5000 + ">x</a>")),
    "styles": ("one style of 40 kB", essay("<p style='" + "width:1px;" * 4000 + "'>x</p>")),
    "entities": ("entities, comments and declarations that are never closed", repeated("&amp &#x <!-- <!a <?b ")),
    "references": (
        "2,000 links that refer to each other",
        essay("\n".join(f"[{n}]: [{n + 1}]\n[a][{n}]" for n in range(1500))),
    ),
    "closing_tags": ("closing tags of nothing", repeated("</b></div></x>")),
    "formatting_tags": (
        "formatting that is opened in one and closed in another order",
        repeated("<b><i><a>x</b></i></a>"),
    ),
    "tables_in_tables": ("tables in tables", repeated("<table><tr><td>")),
    "line_ends": ("40,000 hard line ends and rules", repeated("a  \n---\n")),
}


def with_metadata(change):
    def attack(folder, nb):
        text = change(json.loads(nbformat.writes(nb)))
        (folder / NAME).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")

    return attack


def many_attachments(nb):
    cell = next(c for c in nb["cells"] if c["id"] == "why")
    cell["attachments"] = {f"a{n}.png": {"image/png": "aGk="} for n in range(100_000)}
    cell["source"] = "![x](attachment:a1.png) " * 1000
    return nb


def wrong_numbers(nb):
    nb["nbformat_minor"] = 10**300
    text = json.dumps(nb).replace('"points": 6', '"points": 1e999').replace('"points": 4', '"points": NaN')
    return text.replace('"metadata": {"', '"metadata": {"a": -Infinity, "b": 1e-999999999, "', 1)


def long_names(nb):
    nb["metadata"]["descent"]["lang"] = nb["metadata"]["kernelspec"]["name"] = "x" * 20_000_000
    nb["metadata"]["language_info"] = {"name": "python", "version": "3." * 5_000_000}
    nb["cells"][0]["id"] = "y" * 20_000_000
    return nb


def deep_outputs(nb):
    text = json.dumps(nb)
    return text.replace('"outputs": []', '"outputs": ' + "[" * 200_000 + "]" * 200_000, 1)


def repeated_keys(nb):
    return json.dumps(nb)[:-1] + ', "cells": []' * 100_000 + ', "metadata": {"a": 1}' * 100_000 + "}"


def many_tags(nb):
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"] * 50_000
    return nb


def archive(fill):
    def attack(folder, nb):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
            fill(file, nbformat.writes(nb))
        (folder / "tiny.zip").write_bytes(data.getvalue())

    return attack


def many_entries(file, text):
    for number in range(20_000):
        file.writestr(f"{number}.ipynb", "{}")


def bombs(file, text):
    for number in range(60):
        file.writestr(f"{number}.ipynb", b'{"cells": [' + b" " * 50_000_000)


def lying_sizes(folder, nb):
    """A zip whose directory says that each file has 2**63 bytes, or none."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open("tiny.ipynb", "w", force_zip64=True) as out:
            out.write(nbformat.writes(nb).encode())
    raw = bytearray(data.getvalue())
    at = raw.rfind(b"PK\1\2")
    raw[at + 24 : at + 28] = b"\xfe\xff\xff\xff"
    (folder / "tiny.zip").write_bytes(bytes(raw))


def many_files(folder, nb):
    nbformat.write(nb, folder / NAME)
    for number in range(3000):
        (folder / f"{'z' * 200}{number}.txt").touch()


def deep_folders(folder, nb):
    nbformat.write(nb, folder / NAME)
    place = folder
    for _ in range(15):
        place = place / ("d" * 200)
        place.mkdir()
    (place / "other.ipynb").write_text("{}")


def sparse_beside(folder, nb):
    nbformat.write(nb, folder / NAME)
    for name in ("timestamp.txt", "data.bin", "other.ipynb", "more.zip"):
        with open(folder / name, "wb") as file:
            file.write(b'{"cells": [' if name.endswith("ipynb") else b"PK\3\4" if name.endswith("zip") else b"2")
            file.truncate(3 << 30)


SIZES = {
    "many_attachments": ("100,000 pictures in one cell", with_metadata(many_attachments)),
    "wrong_numbers": ("points of 1e999 and NaN, a version of 300 digits", with_metadata(wrong_numbers)),
    "long_names": ("a language, a kernel, a version and an id of 20 MB", with_metadata(long_names)),
    "deep_outputs": ("outputs nested 200,000 deep", with_metadata(deep_outputs)),
    "repeated_keys": ("100,000 lists of cells in one notebook", with_metadata(repeated_keys)),
    "many_tags": ("50,000 tags on every cell", with_metadata(many_tags)),
    "many_entries": ("a zip with 20,000 notebooks", archive(many_entries)),
    "bombs": ("a zip of 60 notebooks of 50 MB", archive(bombs)),
    "lying_sizes": ("a zip that lies about its sizes", lying_sizes),
    "many_files": ("3,000 files with long names", many_files),
    "deep_folders": ("folders within folders, a path of 3,000 characters", deep_folders),
    "sparse_beside": ("sparse files of 3 GB beside the notebook", sparse_beside),
}
MORE = TEXTS | SIZES
