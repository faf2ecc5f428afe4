"""The options of a prediction, out of the text in front of its cell.

Two ways to write them are known: a list, `- (a) ...` on lines of their own, and a sentence, `(a) ..., (b) ..., (c) ...`.
Where neither is found the letters of the cell's comment are the options, and the text stays as it is.
"""

import re

LISTED = re.compile(r"^- \(([a-z])\) (.*(?:\n  .*)*)\n?", re.M)
INLINE = re.compile(r"\(a\) .*?\(b\) [^\n]*")
HOW_TO = re.compile(
    r"^(?=.*`None`)(?=.*(?:in quotes|加引号)).*\n?", re.M
)  # how a cell is filled in: a page has options
LETTER = re.compile(r"\(([a-z])\)\s+")


def split(text: str, cell: str) -> tuple[str, list[tuple[str, str]]]:
    """(the text without its options, [(letter, option), ...]); letters: those that the cell allows."""
    text = HOW_TO.sub("", text)
    allowed = re.findall(r'"([a-z])"', cell.split("\n", 1)[0])
    if listed := LISTED.findall(text):
        options = [(letter, " ".join(option.split())) for letter, option in listed]
        rest = LISTED.sub("", text)
    elif found := INLINE.search(text):
        parts = LETTER.split(found[0])[1:]
        options = [(letter, option.strip().rstrip(",;，；").strip()) for letter, option in zip(parts[::2], parts[1::2])]
        rest = text[: found.start()] + text[found.end() :]
    else:
        return text, [(letter, f"({letter})") for letter in allowed]
    if [letter for letter, _ in options] != allowed:
        return text, [(letter, f"({letter})") for letter in allowed]
    return rest.rstrip(), options


VERDICT = re.compile(r"^(?:Your prediction \(|你的预测（)[^\n]*\n?")


def without_verdict(outputs: list[dict]) -> list[dict]:
    """Outputs of a cell that reveals a prediction without "Your prediction was right": that was the model answer's."""
    out = []
    for output in outputs:
        data = output.get("data", {})
        text = "".join(data.get("text/plain", ""))
        if found := VERDICT.match(text):
            if found[0] == text:
                continue
            html = "".join(data["text/html"]).replace(found[0], "", 1)
            output = {**output, "data": {"text/html": html, "text/plain": text[found.end() :]}}
        out.append(output)
    return out


def block(name: str, cell: str, options: list[tuple[str, str]]) -> dict:
    """The block of a prediction; what is right is said by the experiment below it as well."""
    right = re.search(rf'^{name} = "([a-z])"', cell, re.M)
    return {"kind": "prediction", "name": name, "right": right[1] if right else None, "options": options}
