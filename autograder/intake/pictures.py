"""The pictures in a student's text cells: attachments, and base64 in the text.

`name_pictures` gives every picture of a notebook a name of its own that any program can read, makes an attachment of
a picture that stands in the text, and puts a sentence where a picture is missing. `attach` then takes the pictures
over: small ones as they are, larger ones and other formats as Pillow makes them anew.
"""

import base64
import binascii
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

from nbformat import NotebookNode

from autograder.intake.limits import Budget, IntakeLimits
from autograder.intake.notes import Note, note, short
from autograder.intake.submitted import Cell

# First bytes of each format that a browser shows and the feedback page allows.
SHOWN = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
CONVERTED = ("PNG", "JPEG", "GIF", "WEBP", "BMP")  # formats that Pillow may open
SIDES = (1600, 1000, 600, 300)  # of a picture that is scaled down, tried in this order
SENTENCES = {
    "missing": {"en": "(The picture {name} is missing: it was not saved with the notebook.)",
                "zh": "（缺少图片 {name}：它没有随笔记本保存。）"},
    "left_out": {"en": "(The picture {name} cannot be shown: {why}.)", "zh": "（图片 {name} 无法显示：{why}。）"},
}
WHY = {
    "svg": {"en": "SVG is not supported, save it as PNG", "zh": "不支持 SVG，请另存为 PNG"},
    "broken": {"en": "it is damaged, or no PNG, JPEG, GIF, WebP or BMP", "zh": "文件损坏，或不是 PNG、JPEG、GIF、WebP、BMP"},
    "too_big": {"en": "it is too large", "zh": "图片过大"},
    "too_many": {"en": "there are too many pictures", "zh": "图片过多"},
}
IN_TEXT = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w=.-]{1,40}){0,4};base64,[A-Za-z0-9+/=%]*+")
# What shows an attachment: a Markdown picture, an <img>, or else the bare address (a link's target).
MARKDOWN = re.compile(r"!\[([^\]\n]{0,500}+)\]\(\s{0,9}(?:<attachment:([^>\n]{1,500}+)>|"
                      r"attachment:([^()\n]{1,500}+(?:\([^()\n]{0,200}+\)[^()\n]{0,200}+)?))[^()\n]{0,200}\)")
IMG = re.compile(r"<img\b[^<>]{0,1000}?\bsrc\s{0,9}=\s{0,9}[\"']?attachment:([^\"'>\n]{1,500})[\"']?[^<>]{0,1000}>", re.IGNORECASE)
DONE = "\0"
ADDRESS = re.compile(rf"(?<!{DONE})attachment:([^\s)\]\"'<>]{{1,500}}+)")
LONE = re.compile(r"([(<\"'=]\s{0,9}|\]:\s{0,9}<?)attachment:(?=[\s)>\"']|$)")  # an address without a name
HIDDEN = re.compile(r"&#(?:0{0,5}(?:58|6[5-9]|[7-9]\d|1[01]\d|12[0-2])|x0{0,5}(?:3a|[4-7][0-9a-f]));|&colon;|\\:", re.IGNORECASE)
TITLE = re.compile(r"\s+(?:\"[^\"]*\"|'[^']*')\s*$")
SAFE = re.compile(r"!\[[^\]\n]{0,500}+\]\(attachment:(picture-\d+)\)")
SAFE_ADDRESS = re.compile(r"attachment:(picture-\d+)")


@dataclass
class Pictures:
    """The pictures of one notebook. names: safe name -> the student's. notes are made of the rest by `notes`."""

    lang: str
    limits: IntakeLimits
    budget: Budget
    names: dict[str, str] = field(default_factory=dict)
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


def name_pictures(cells: Iterable[Cell], pictures: Pictures) -> None:
    """Give the pictures of text cells safe names, in the cells' texts too."""
    for cell in cells:
        if cell.type == "code":
            continue
        pictures.budget.check()
        out_of_text(cell)
        attachments, safe_names = {}, {}
        for name, bundle in cell.attachments.items():
            safe = f"picture-{len(pictures.names) + 1}"
            pictures.names[safe] = name
            attachments[safe] = bundle
            safe_names |= {spelling: safe for spelling in reversed(spellings(name))}
        cell.attachments = attachments
        cell.source = with_safe_names(cell.source, safe_names, pictures)


def out_of_text(cell: Cell) -> None:
    """Make an attachment of each picture that stands as base64 in the text."""
    def attachment(match: re.Match) -> str:
        head, _, data = match[0].partition(";base64,")
        name = f"inline-{len(cell.attachments) + 1}"
        while name in cell.attachments:
            name += "-"
        cell.attachments[name] = {head.removeprefix("data:").partition(";")[0]: unquote(data)}
        return f"attachment:{name}"

    if "data:image/" in cell.source:
        cell.source = IN_TEXT.sub(attachment, cell.source)


def with_safe_names(source: str, safe_names: dict[str, str], pictures: Pictures) -> str:
    """The text with its references to pictures under their safe names, and sentences for those that are missing.

    What is done carries DONE in front of it until the end, because a student's names may be like ours."""
    def shown(target: str, picture: str) -> str:
        name = TITLE.sub("", target).strip()
        if safe := safe_name(name, safe_names):
            return f"{picture}{DONE}attachment:{safe})"
        pictures.missing.append(spellings(name)[-1])
        return pictures.sentence("missing", spellings(name)[-1])

    source = plain_addresses(source.replace(DONE, ""))
    if "attachment:" not in source:
        return source
    source = MARKDOWN.sub(lambda match: shown(match[2] or match[3], f"![{match[1]}]("), source)
    source = IMG.sub(lambda match: shown(match[1], "![]("), source)
    source = ADDRESS.sub(lambda match: address(match, safe_names), source)
    return LONE.sub(r"\1attachment ", source).replace(DONE, "")


def plain_addresses(source: str) -> str:
    """The text with "attachment:" in plain letters where Markdown would read it all the same: "attachment&#58;"."""
    read = HIDDEN.sub(lambda match: unescape(match[0]).removeprefix("\\"), source)
    return read if read.count("attachment:") > source.count("attachment:") else source


def address(match: re.Match, safe_names: dict[str, str]) -> str:
    """An address that stands alone, as in "[1]: attachment:a.png". One of no picture stops being an address, because
    nbconvert draws no page that has one."""
    safe = safe_name(match[1], safe_names)
    return f"attachment:{safe}" if safe else f"attachment {match[1]}"


def spellings(name: str) -> list[str]:
    """The ways in which the name of an attachment may be written in the text: as it is, and decoded."""
    return [normalize("NFC", text).strip() for text in (name, unescape(name), unquote(name), unescape(unquote(name)))]


def safe_name(target: str, safe_names: dict[str, str]) -> str | None:
    return next((safe_names[spelling] for spelling in spellings(target) if spelling in safe_names), None)


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
    for mime, text in bundle.items() if isinstance(bundle, dict) else ():
        data = decoded(text)
        if data is None:
            continue
        shown = next((kind for kind, magic in SHOWN.items() if data.startswith(magic)), None)
        if shown and len(data) <= limits.picture_bytes:
            return NotebookNode({shown: base64.b64encode(data).decode()})
        if mime == "image/svg+xml" or data.lstrip()[:5] in (b"<svg ", b"<svg>", b"<?xml"):
            why = "svg"
            continue
        smaller = scaled_down(data, limits)
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
            flat = ImageOps.exif_transpose(picture).convert("RGBA")
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
