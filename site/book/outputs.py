"""Convert the outputs of a cell for a page: text stays text, figures become files that load when they scroll into view."""

import base64
import hashlib
import json
from html import escape
from html.parser import HTMLParser
from pathlib import Path

VOID_TAGS = {"img", "br", "hr", "input", "meta", "link", "source"}
PNG = "data:image/png;base64,"


class PictureExtractor(HTMLParser):
    """Copy HTML, but save embedded pictures as files, add their width and height, and drop style elements.

    A notebook's figure embeds its picture and its dark-mode rule; a page has one style sheet for all figures.
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
            attributes |= self.save_picture(attributes["src"])
        if tag in ("figure", "img"):
            attributes.pop("style", None)
        attribute_text = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attributes.items()
        )
        if tag == "table":  # a table wider than the screen scrolls inside it
            self.out.append('<div class="table-wrapper">')
        self.out.append(f"<{tag}{attribute_text}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag == "style":
            self.in_style = False
        elif tag not in VOID_TAGS:
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

    def save_picture(self, src: str) -> dict[str, str]:
        """Save an embedded PNG; return the attributes of an <img> that loads it."""
        data = base64.b64decode(src.removeprefix(PNG))
        name = hashlib.sha256(data).hexdigest()[:16] + ".png"
        (self.folder / name).write_bytes(data)
        width, height = (int.from_bytes(data[offset : offset + 4], "big") for offset in (16, 20))  # PNG header
        return {
            "src": self.prefix + name,
            "width": str(width),
            "height": str(height),
            "loading": "lazy",
            "decoding": "async",
        }


def html_of(text: str, folder: Path, prefix: str) -> str:
    parser = PictureExtractor(folder, prefix)
    parser.feed(text)
    parser.close()
    return "".join(parser.out)


def output_content(output: dict, folder: Path, prefix: str) -> tuple[str, str]:
    """One output of a cell as ("text" or "html", content)."""
    if output["output_type"] == "stream":
        return "text", "".join(output["text"])
    data = output.get("data", {})
    if "text/html" in data:
        return "html", html_of("".join(data["text/html"]), folder, prefix)
    if "application/json" in data:
        return "text", json.dumps(data["application/json"], ensure_ascii=False)
    return "text", "".join(data.get("text/plain", ""))
