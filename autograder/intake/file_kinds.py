"""What a file of a submission is, told by its first bytes and its name."""

from autograder.intake.folder import ARCHIVE, CHECKPOINTS, File, is_named_notebook, text_of
from autograder.intake.notes import Note
from autograder.intake.refused import Refused

KINDS = {  # first bytes -> what the file is
    b"%PDF": ("a PDF document", "PDF 文档"),
    b"\x89PNG": ("a picture", "图片"),
    b"\xff\xd8\xff": ("a picture", "图片"),
    b"GIF8": ("a picture", "图片"),
    b"Rar!": ("a RAR archive", "RAR 压缩包"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "7-Zip 压缩包"),
    b"\x1f\x8b": ("a gzip archive", "gzip 压缩包"),
    b"\xd0\xcf\x11\xe0": ("a Word document", "Word 文档"),
    ARCHIVE: ("an archive that cannot be unpacked", "无法解开的压缩包"),
    b"\x00\x05\x16\x07": ("a macOS side file", "macOS 附属文件"),
}
ENDINGS = {
    ".py": ("a Python script", "Python 脚本"),
    ".html": ("a web page", "网页"),
    ".htm": ("a web page", "网页"),
    ".docx": ("a Word document", "Word 文档"),
    ".md": ("a Markdown text", "Markdown 文本"),
    ".txt": ("a text", "文本"),
    ".pdf": ("a PDF document", "PDF 文档"),
    ".json": ("a JSON file", "JSON 文件"),
}


def is_checkpoint(file: File) -> bool:
    return CHECKPOINTS in file.name.split("/")


def begins_like_json(file: File) -> bool:
    return text_of(file.data[:64]).lstrip()[:1] == "{"


def may_be_read(file: File) -> bool:
    """Is this a file that says by its name or its first bytes that it is a notebook?"""
    if file.kind != "file":
        return False
    return begins_like_json(file) or is_named_notebook(file.name)


def kind_of(file: File) -> Note | None:
    """What a file is that is no notebook, in both languages; None when the first bytes do not tell."""
    head = text_of(file.data[:64]).lstrip().lower()
    texts = next((texts for magic, texts in KINDS.items() if file.data.startswith(magic)), None)
    if texts is None and head.startswith(("<!doctype", "<html", "<?xml")):
        texts = ENDINGS[".html"]
    return texts and dict(zip(("en", "zh"), texts, strict=True))


def why_none(files: list[File], refusals: list[tuple[str, Refused]], expected: str) -> Refused:
    """The refusal that helps most: of the file that is most likely the notebook."""
    if refusals:
        order = [name for name, _ in refusals]
        best_name = min(order, key=lambda name: (name != expected, ".ipynb" not in name.lower(), order.index(name)))
        return dict(reversed(refusals))[best_name]
    if not files:
        return Refused("empty_folder", expected=expected)
    too_big = next(
        (file for file in files if file.data.startswith(ARCHIVE) and not file.is_whole and file.kind == "file"), None
    )
    if too_big is not None:
        return Refused("archive_too_big", name=too_big.name, value=too_big.size)
    odd = next((file for file in files if file.kind != "file" and ".ipynb" in file.name.lower()), None)
    if odd is None and len(files) == 1 and files[0].kind != "file":
        odd = files[0]
    if odd is not None and odd.size == 0:
        return Refused("link" if odd.kind == "link" else "not_a_file", name=odd.name)
    for file in files:
        ending = ENDINGS.get("." + file.name.lower().rpartition(".")[2])
        kind = kind_of(file) or (ending and dict(zip(("en", "zh"), ending, strict=True)))
        if kind and len(files) == 1:
            return Refused("other_file", name=file.name, kind=kind)
    return Refused("no_notebook", expected=expected, names=[file.name for file in files])
