"""Extract the options of a prediction from the text before its cell.

Options are written as a list, `- (a) ...` on separate lines, or in a sentence, `(a) ..., (b) ..., (c) ...`. If the text has
neither, the letters in the cell's comment are the options, and the text stays as it is.
"""

import re

LISTED = re.compile(r"^- \(([a-z])\) (.*(?:\n  .*)*)\n?", re.M)
INLINE = re.compile(r"\(a\) .*?\(b\) [^\n]*")
HOW_TO = re.compile(
    r"^(?=.*`None`)(?=.*(?:in quotes|加引号)).*\n?", re.M
)  # tells how to fill in the cell; a page has radio buttons
LETTER = re.compile(r"\(([a-z])\)\s+")
VERDICT = re.compile(r"^(?:Your prediction \(|你的预测（)[^\n]*\n?")


def split_options(text: str, cell: str) -> tuple[str, list[tuple[str, str]]]:
    """Return (text without the options, [(letter, option), ...]) with exactly the letters that the cell allows."""
    text = HOW_TO.sub("", text)
    allowed = re.findall(r'"([a-z])"', cell.split("\n", 1)[0])
    if listed := LISTED.findall(text):
        options = [(letter, " ".join(option.split())) for letter, option in listed]
        rest = LISTED.sub("", text)
    elif match := INLINE.search(text):
        parts = LETTER.split(match[0])[1:]
        options = [(letter, option.strip().rstrip(",;，；").strip()) for letter, option in zip(parts[::2], parts[1::2])]
        rest = text[: match.start()] + text[match.end() :]
    else:
        return text, [(letter, f"({letter})") for letter in allowed]
    if [letter for letter, _ in options] != allowed:
        return text, [(letter, f"({letter})") for letter in allowed]
    return rest.rstrip(), options


def without_verdict(outputs: list[dict]) -> list[dict]:
    """Remove "Your prediction (a) was right" from a cell's outputs: it is about the model answer, not the reader's."""
    cleaned = []
    for output in outputs:
        data = output.get("data", {})
        text = "".join(data.get("text/plain", ""))
        if match := VERDICT.match(text):
            if match[0] == text:
                continue
            html = "".join(data["text/html"]).replace(match[0], "", 1)
            output = {**output, "data": {"text/html": html, "text/plain": text[match.end() :]}}
        cleaned.append(output)
    return cleaned


def block(name: str, cell: str, options: list[tuple[str, str]]) -> dict:
    """The block of a prediction. Its right letter is no secret: the experiment below reveals it too."""
    right = re.search(rf'^{name} = "([a-z])"', cell, re.M)
    return {"kind": "prediction", "name": name, "right": right[1] if right else None, "options": options}
