"""The pictures in a student's text cells: attachments, and base64 in the text.

picture_names.py has given each a name of its own. `attach` takes them over: small ones as they are, larger ones and
other formats as Pillow makes them anew, and a sentence in place of one that cannot be shown.
"""

import base64
import binascii
import io
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from nbformat import NotebookNode

from autograder.intake.cpu_limit import TooSlow, cpu_limit
from autograder.intake.limits import Budget, IntakeLimits
from autograder.intake.notes import Note, note, short
from autograder.intake.submitted import Cell

# First bytes of each format that a browser shows and the feedback page allows.
SHOWN = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
CONVERTED = ("PNG", "JPEG", "GIF", "WEBP", "BMP")  # formats that Pillow may open
SCALED_AS_THEY_ARE = ("L", "LA", "RGB", "RGBA")  # modes of Pillow
SPELLINGS = 5  # formats of one attachment that are tried
SIDES = (1600, 1000, 600, 300)  # of a picture that is scaled down, tried in this order
SENTENCES = {
    "missing": {
        "en": "(The picture {name} is missing: it was not saved with the notebook.)",
        "zh": "（缺少图片 {name}：它没有随笔记本保存。）",
    },
    "left_out": {"en": "(The picture {name} cannot be shown: {why}.)", "zh": "（图片 {name} 无法显示：{why}。）"},
}
WHY = {
    "svg": {"en": "SVG is not supported, save it as PNG", "zh": "不支持 SVG，请另存为 PNG"},
    "broken": {
        "en": "it is damaged, or no PNG, JPEG, GIF, WebP or BMP",
        "zh": "文件损坏，或不是 PNG、JPEG、GIF、WebP、BMP",
    },
    "too_big": {"en": "it is too large", "zh": "图片过大"},
    "too_slow": {"en": "scaling down the large pictures took too long", "zh": "缩小大图片用时过长"},
    "too_many": {"en": "there are too many pictures", "zh": "图片过多"},
}
SAFE = re.compile(r"!\[[^\]\n]{0,500}+\]\(attachment:(picture-\d+)\)")
SAFE_ADDRESS = re.compile(r"attachment:(picture-\d+)")


@dataclass
class Pictures:
    """The pictures of one notebook. names: safe name -> the student's. notes are made of the rest by `notes`."""

    lang: str
    limits: IntakeLimits
    budget: Budget
    names: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # of CPU time, spent on scaling down
    scaled: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def notes(self) -> list[Note]:
        by_code = {"pictures_scaled": self.scaled, "pictures_left_out": self.left_out, "pictures_missing": self.missing}
        return [note(code, names=names) for code, names in by_code.items() if names]

    def sentence(self, kind: str, name: str, why: str = "") -> str:
        """What stands in the text in place of a picture."""
        lang = self.lang if self.lang in ("en", "zh") else "en"
        shown = re.sub(r"([\\*_~$])", r"\\\1", short(name))
        return SENTENCES[kind][lang].format(name=shown, why=WHY[why][lang] if why else "")


def attach(cell: NotebookNode, submitted: Iterable[Cell], pictures: Pictures) -> None:
    """Put the pictures of submitted cells into `cell`, which holds their text. What is not referred to is no picture
    of the text any more and is left out silently."""
    kept, sentences = {}, {}
    shown = set(SAFE_ADDRESS.findall(cell.source)) if cell.cell_type == "markdown" else set()
    for source in submitted:
        for safe, bundle in source.attachments.items():
            if safe not in shown:
                continue
            pictures.budget.check()
            picture = one_picture(bundle, pictures, safe)
            if isinstance(picture, NotebookNode):
                kept[safe] = picture
            else:
                pictures.left_out.append(pictures.names[safe])
                sentences[safe] = pictures.sentence("left_out", pictures.names[safe], picture)
    if sentences:
        cell.source = SAFE.sub(lambda match: sentences.get(match[1], match[0]), cell.source)
        cell.source = SAFE_ADDRESS.sub(lambda m: m[0].replace(":", " ") if m[1] in sentences else m[0], cell.source)
    if kept:
        cell.attachments = NotebookNode(kept)


def one_picture(bundle: object, pictures: Pictures, safe: str) -> NotebookNode | str:
    """{mime type: base64} of a picture that can be shown, or a key of WHY."""
    limits, why = pictures.limits, "broken"
    if int(safe.removeprefix("picture-")) > limits.pictures:
        return "too_many"
    for mime, text in islice(bundle.items(), SPELLINGS) if isinstance(bundle, dict) else ():
        pictures.budget.check()
        data = decoded(text)
        if data is None:
            continue
        shown = next((kind for kind, magic in SHOWN.items() if data.startswith(magic)), None)
        if shown and len(data) <= limits.picture_bytes:
            return NotebookNode({shown: base64.b64encode(data).decode()})
        if mime == "image/svg+xml" or data.lstrip()[:5] in (b"<svg ", b"<svg>", b"<?xml"):
            why = "svg"
            continue
        smaller = scaled_in_time(data, pictures)
        if isinstance(smaller, bytes):
            if len(data) > limits.picture_bytes:
                pictures.scaled.append(pictures.names[safe])
            return NotebookNode({"image/jpeg": base64.b64encode(smaller).decode()})
        why = smaller
    return why


def decoded(text: object) -> bytes | None:
    """The bytes of base64 text, or None for what is none."""
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def scaled_in_time(data: bytes, pictures: Pictures) -> bytes | str:
    """The same as `scaled_down`; too_slow for a picture that the time of all pictures is not enough for."""
    seconds_left = pictures.limits.picture_seconds - pictures.seconds
    if seconds_left <= 0:
        return "too_slow"
    began = time.thread_time()
    try:
        with cpu_limit(seconds_left):
            return scaled_down(data, pictures.limits)
    except TooSlow:
        return "too_slow"
    finally:
        pictures.seconds += time.thread_time() - began


def scaled_down(data: bytes, limits: IntakeLimits) -> bytes | str:
    """A picture as JPEG of at most picture_bytes, the right way up, or a key of WHY."""
    from PIL import Image, ImageOps  # only here: most notebooks have no such picture

    try:
        with Image.open(io.BytesIO(data), formats=CONVERTED) as picture:
            if picture.format == "JPEG":
                picture.draft("RGB", (SIDES[0], SIDES[0]))  # decodes at a fraction of the size: cheap
            if picture.width * picture.height > limits.picture_pixels:
                return "too_big"
            picture.load()
            small = picture if picture.mode in SCALED_AS_THEY_ARE else picture.convert("RGBA")
            small.thumbnail((SIDES[0], SIDES[0]))  # first, because each copy at full size takes up to 240 MB
            flat = ImageOps.exif_transpose(small).convert("RGBA")
            page = Image.new("RGB", flat.size, "white")
            page.paste(flat, mask=flat.getchannel("A"))
        for side in SIDES:
            page.thumbnail((side, side))
            out = io.BytesIO()
            page.save(out, "JPEG", quality=85)
            if out.tell() <= limits.picture_bytes:
                return out.getvalue()
        return "too_big"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "too_big"
    except Exception:  # noqa: BLE001  whatever Pillow raises for a damaged picture
        return "broken"
