"""Attacks by files that take long to read, before any code runs. name -> (what it tries, function that writes it)."""

import base64
import json
import struct
import zlib

import nbformat
from nbformat.v4 import new_markdown_cell

NAME = "tiny.ipynb"


def text_instead(change):
    """A notebook whose text, bytes of JSON, is changed."""

    def attack(folder, nb):
        (folder / NAME).write_bytes(change(json.dumps(nb).encode()))

    return attack


def many_members(text):
    return text[:-1] + b',"a":1' * 15_000_000 + b"}"


def many_elements(text):
    return b'{"nbformat": 3, "worksheets": [' + b"1," * 45_000_000 + b"1]}"


def brackets(folder, nb):
    """Sixty notebooks, each with a little fewer brackets than one may have."""
    for number in range(60):
        nb.cells[0].source = f"# {number}"
        text = json.dumps(nb).replace('"outputs": []', '"outputs": [' + "[]," * 700_000 + "[]]", 1)
        (folder / f"{number}.ipynb").write_text(text)


def combining_name(folder, nb):
    name = "a" + "\u0307\u0323" * 1_000_000  # normalizing takes time that grows with the square
    nb.cells.append(new_markdown_cell("![](attachment:a)", attachments={name: {"image/png": "aGk="}}))
    nbformat.write(nb, folder / NAME)


def large_pictures(folder, nb):
    """Thirty pictures of a little fewer pixels than one may have, each a little larger than what is shown as it is."""
    picture = {"image/png": base64.b64encode(drawn(7700, 7700)).decode()}
    source = "".join(f"![](attachment:{number}.png)\n" for number in range(30))
    nb.cells.append(new_markdown_cell(source, attachments={f"{number}.png": picture for number in range(30)}))
    nbformat.write(nb, folder / NAME)


def drawn(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    row = bytes(4 * width + 1)
    data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rest = chunk(b"teXt", bytes(2_000_000 - len(data))) if len(data) < 2_000_000 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rest + chunk(b"IDAT", data) + chunk(b"IEND", b"")


READING = {
    "many_members": ("15 million members in one JSON object", text_instead(many_members)),
    "many_elements": ("45 million elements in one JSON list", text_instead(many_elements)),
    "brackets": ("60 notebooks with 1.4 million brackets each", brackets),
    "combining_name": ("a picture's name of two million combining characters", combining_name),
    "large_pictures": ("30 pictures of 59 million pixels", large_pictures),
}
