"""One safe name for each picture of a notebook: attachments of any name, and base64 in the text.

nbconvert draws no page of a cell that names an attachment it does not find, and does not find one whose name has a space
or is Chinese. After `take_out_of_text` and `name_pictures` every address of a picture in a student's text is one of an attachment that is there.
"""

import re
from collections.abc import Iterable
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

from autograder.intake.pictures import Pictures
from autograder.intake.submitted import Cell

IN_TEXT = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w=.-]{1,40}){0,4};base64,[A-Za-z0-9+/=%]*+")
# What shows an attachment: a Markdown picture, an <img>, or else the bare address (a link's target).
MARKDOWN = re.compile(
    r"!\[([^\]\n]{0,500}+)\]\(\s{0,9}(?:<attachment:([^>\n]{1,500}+)>|"
    r"attachment:([^()\n]{1,500}+(?:\([^()\n]{0,200}+\)[^()\n]{0,200}+)?))[^()\n]{0,200}\)"
)
IMG = re.compile(
    r"<img\b[^<>]{0,1000}?\bsrc\s{0,9}=\s{0,9}[\"']?attachment:([^\"'>\n]{1,500})[\"']?[^<>]{0,1000}>", re.IGNORECASE
)
LONGEST = 500  # characters of a name that the text can refer to: normalizing takes time that grows with their square
DONE = "\0"
ADDRESS = re.compile(rf"(?<!{DONE})attachment:([^\s)\]\"'<>]{{1,500}}+)")
LONE = re.compile(r"([(<\"'=]\s{0,9}|\]:\s{0,9}<?)attachment:(?=[\s)>\"']|$)")  # an address without a name
HIDDEN = re.compile(
    r"&#(?:0{0,5}(?:58|6[5-9]|[7-9]\d|1[01]\d|12[0-2])|x0{0,5}(?:3a|[4-7][0-9a-f]));|&colon;|\\:", re.IGNORECASE
)
TITLE = re.compile(r"\s+(?:\"[^\"]*\"|'[^']*')\s*$")


def name_pictures(cells: Iterable[Cell], pictures: Pictures) -> None:
    """Give the pictures of text cells safe names, in the cells' texts too."""
    for cell in cells:
        if cell.type == "code":
            continue
        pictures.budget.check()
        attachments: dict[str, object] = {}
        safe_names: dict[str, str] = {}
        for name, bundle in cell.attachments.items():
            safe = f"picture-{len(pictures.names) + 1}"
            pictures.names[safe] = name
            attachments[safe] = bundle
            if len(name) <= LONGEST:
                safe_names |= {spelling: safe for spelling in reversed(spellings(name))}
        cell.attachments = attachments
        cell.source = with_safe_names(cell.source, safe_names, pictures)


def take_out_of_text(cells: Iterable[Cell], pictures: Pictures) -> None:
    """Make an attachment of each picture that stands as base64 in the text of a text cell."""
    for cell in cells:
        if cell.type != "code" and "data:image/" in cell.source:
            pictures.budget.check()
            out_of_text(cell, 2 * pictures.limits.pictures)


def out_of_text(cell: Cell, most: int) -> None:
    """most: of the attachments of one cell; pictures beyond it are cut."""

    def attachment(match: re.Match) -> str:
        head, _, data = match[0].partition(";base64,")
        name = f"inline-{len(cell.attachments) + 1}"
        if len(cell.attachments) >= most:
            return f"attachment:{name}"  # which is missing
        while name in cell.attachments:
            name += "-"
        cell.attachments[name] = {head.removeprefix("data:").partition(";")[0]: unquote(data)}
        return f"attachment:{name}"

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
