"""A cell's outputs, built anew from the kernel's messages, which the student's code controls."""

from typing import Any

from nbformat import NotebookNode

from autograder.sandbox.settings import Settings

MIME = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml")


def new_output(output_type: str, **fields: Any) -> NotebookNode:
    """An output with the fields that its type requires. (nbformat's constructor also validates, which takes 2 ms.)"""
    if output_type in ("display_data", "execute_result"):
        fields = {"data": NotebookNode(fields["data"]), "metadata": NotebookNode()}
    if output_type == "execute_result":
        fields["execution_count"] = None
    return NotebookNode(output_type=output_type, **fields)


def text_of(value: Any, limit: int | None = None) -> str:
    """A string that can be encoded as UTF-8 (no lone surrogates), cut to `limit` characters."""
    text = value if isinstance(value, str) else ""
    return text[:limit].encode("utf-8", "replace").decode()


def size_of(output: dict) -> int:
    """About how many characters an output has."""
    texts = [*output.get("data", {}).values(), output.get("text", ""), *output.get("traceback", [])]
    return sum(map(len, texts))


CUT = "[the rest of this output was dropped]\n"
STOPPED = "this cell was stopped: "
LIMIT = "[A limit of grading: "


class Outputs:
    """The outputs of one cell, in `kept`: limited in number and size, with the fields that nbformat requires."""

    def __init__(self, settings: Settings):
        self.settings, self.full, self.clear_next = settings, False, False
        self.kept: list[NotebookNode] = []
        self.by_display_id: dict[str, NotebookNode] = {}  # outputs that update_display_data may change

    def add(self, kind: str, content: dict, *, room: int) -> None:
        """Keep the output of one message; if it exceeds `room` characters, keep what fits and mark the cut."""
        if kind == "clear_output":
            self.clear_next = True
            return
        output = self.read(kind, content)
        if output is None or self.full:
            return
        name = display_id(content)
        if kind == "update_display_data":
            if name and size_of(output) <= room and name in self.by_display_id:
                self.by_display_id[name].data = output.data
            return
        if self.clear_next:
            self.kept, self.clear_next = [], False
        last, size = (self.kept[-1] if self.kept else None), size_of(output)
        if len(self.kept) >= self.settings.cell_outputs:
            return self.cut()
        if size > room and output.output_type == "stream":
            output.text = output.text[: max(0, room)]
        if size > room and output.output_type != "stream":
            pass
        elif last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            self.kept.append(output)
            if name:
                self.by_display_id[name] = output
        if size > room:
            self.cut()

    def cut(self) -> None:
        """Mark that the rest is missing, and keep nothing more."""
        if not self.full:
            self.full = True
            self.kept.append(new_output("stream", name="stderr", text=CUT))

    def error(self, name: str, text: str) -> None:
        self.kept.append(new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"]))

    def read(self, kind: str, content: dict) -> NotebookNode | None:
        """The output that a Jupyter message describes, None if it describes none that is shown."""
        limit = self.settings.error_text
        if kind == "stream":
            name = "stderr" if content.get("name") == "stderr" else "stdout"
            return new_output("stream", name=name, text=text_of(content.get("text")))
        if kind == "error":
            lines = content.get("traceback")
            lines = lines[:200] if isinstance(lines, list) else []
            return new_output(
                "error",
                ename=text_of(content.get("ename"), 200),
                evalue=text_of(content.get("evalue"), limit),
                traceback=[text_of("\n".join(map(text_of, lines)), limit)],
            )
        if kind in ("display_data", "update_display_data", "execute_result"):
            data = content.get("data")
            data = data if isinstance(data, dict) else {}
            data = {mime: text_of(data[mime]) for mime in MIME if isinstance(data.get(mime), str)}
            if data:
                return new_output("display_data" if kind == "update_display_data" else kind, data=data)
        return None


def display_id(content: dict) -> str | None:
    """The id under which later messages update this output."""
    transient = content.get("transient")
    name = transient.get("display_id") if isinstance(transient, dict) else None
    return name if isinstance(name, str) else None


LIMIT_ERRORS = (  # error name, part of its text, the limit in both languages
    ("MemoryError", "", "{memory_bytes:.0f} MB of memory for one process", "单个进程最多 {memory_bytes:.0f} MB 内存"),
    ("BlockingIOError", "[Errno 11]", "{processes} processes and threads", "最多 {processes} 个进程和线程"),
    ("RuntimeError", "can't start new thread", "{processes} processes and threads", "最多 {processes} 个进程和线程"),
    ("OSError", "[Errno 24]", "{open_files} open files", "最多打开 {open_files} 个文件"),
    ("OSError", "[Errno 27]", "{file_bytes:.0f} MB for one file", "单个文件最多 {file_bytes:.0f} MB"),
    ("OSError", "[Errno 28]", "{disk_bytes:.0f} MB of files", "所有文件最多 {disk_bytes:.0f} MB"),
)


def name_limits(outputs: Outputs, settings: Settings) -> None:
    """After an error that a limit of grading caused, add a line that says which limit it was."""
    values = settings.kernel_limits()
    values |= {name: value / (1 << 20) for name, value in values.items() if name.endswith("_bytes")}
    for output in [output for output in outputs.kept if output.output_type == "error"]:
        for name, part, en, zh in LIMIT_ERRORS:
            if output.ename == name and part in output.evalue:
                text = f"{LIMIT}{en.format(**values)}. / 评分限制：{zh.format(**values)}。]\n"
                outputs.kept.append(new_output("stream", name="stderr", text=text))
                return
