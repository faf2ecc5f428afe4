"""What a cell showed becomes part of a page: text as text, figures as files that load when they come into view."""

import base64
import hashlib
import json
from html import escape
from html.parser import HTMLParser
from pathlib import Path

EMPTY = {"img", "br", "hr", "input", "meta", "link", "source"}
PNG = "data:image/png;base64,"


class Pictures(HTMLParser):
    """Write HTML again as it is, with pictures in files beside it, known sizes, and no style of its own.

    A notebook's figure carries its picture and its dark-mode rule inside; a page has one style sheet for all.
    """

    def __init__(self, folder: Path, prefix: str):
        super().__init__(convert_charrefs=False)
        self.folder, self.prefix, self.out, self.in_style = folder, prefix, [], False

    def handle_starttag(self, tag, attrs):
        if tag == "style":
            self.in_style = True
            return
        attributes = dict(attrs)
        if tag == "img" and (attributes.get("src") or "").startswith(PNG):
            attributes |= self.picture(attributes["src"])
        if tag in ("figure", "img"):
            attributes.pop("style", None)
        written = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attributes.items()
        )
        if tag == "table":  # wider than a phone, it scrolls by itself
            self.out.append('<div class="table-wrapper">')
        self.out.append(f"<{tag}{written}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag == "style":
            self.in_style = False
        elif tag not in EMPTY:
            self.out.append(f"</{tag}>")
        if tag == "table":
            self.out.append("</div>")

    def handle_data(self, data):
        if not self.in_style:
            self.out.append(data)

    def handle_entityref(self, name):
        self.out.append(f"&{name};")

    def handle_charref(self, name):
        self.out.append(f"&#{name};")

    def handle_comment(self, data):
        self.out.append(f"<!--{data}-->")

    def picture(self, src: str) -> dict[str, str]:
        data = base64.b64decode(src.removeprefix(PNG))
        name = hashlib.sha256(data).hexdigest()[:16] + ".png"
        (self.folder / name).write_bytes(data)
        width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
        return {
            "src": self.prefix + name,
            "width": str(width),
            "height": str(height),
            "loading": "lazy",
            "decoding": "async",
        }


def html_of(text: str, folder: Path, prefix: str) -> str:
    parser = Pictures(folder, prefix)
    parser.feed(text)
    parser.close()
    return "".join(parser.out)


def drawn(output: dict, folder: Path, prefix: str) -> tuple[str, str]:
    """("text" or "html", content) of one output of a cell."""
    if output["output_type"] == "stream":
        return "text", "".join(output["text"])
    data = output.get("data", {})
    if "text/html" in data:
        return "html", html_of("".join(data["text/html"]), folder, prefix)
    if "application/json" in data:
        return "text", json.dumps(data["application/json"], ensure_ascii=False)
    return "text", "".join(data.get("text/plain", ""))
