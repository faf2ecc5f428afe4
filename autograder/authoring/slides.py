"""Slides for a lecture: the figures of a chapter in order, one on each slide, under their heading.

Each chapter and language gives one self-contained page. Arrow keys, a click or a tap turn the slides; in print each
slide is a page. Explorers stay interactive: each figure has its own frame.
"""

import re
from html import escape

from nbformat import NotebookNode

from .gallery import figures, waiting

WORDS = {
    "en": {"of": "of", "hint": "arrow keys turn the slides; print for PDF"},
    "zh": {"of": "/", "hint": "方向键翻页；打印可得 PDF"},
}
SITTING = re.compile(r"^## (?:Sitting [AB]|[AB] 节)[:：].*|^## (?:Further|拓展)\b.*", re.MULTILINE)


def slides(nb: NotebookNode, lang: str) -> tuple[str, int]:
    """The page of a built solution notebook, and the number of its figures."""
    title, parts, count = title_of(nb), [], 0
    for sitting, cells in sittings(nb):
        drawings = list(figures(NotebookNode(cells=cells)))
        if drawings and sitting:
            parts.append(f"<section class='divider'><h2>{escape(sitting)}</h2></section>")
        parts += [slide(heading.rpartition(" (cell ")[0], html) for heading, html in drawings]
        count += len(drawings)
    opening = f"<section class='divider'><h1>{escape(title)}</h1><p>{WORDS[lang]['hint']}</p></section>"
    page = PAGE.replace("{{LANG}}", lang).replace("{{TITLE}}", escape(title)).replace("{{OF}}", WORDS[lang]["of"])
    return page.replace("{{SLIDES}}", "\n".join([opening, *parts])), count


def title_of(nb: NotebookNode) -> str:
    return next((line[2:] for cell in nb.cells for line in cell.source.splitlines() if line.startswith("# ")), "")


def sittings(nb: NotebookNode) -> list[tuple[str, list[NotebookNode]]]:
    """(heading of the sitting, its cells); the cells before the first have an empty heading."""
    by_sitting: list[tuple[str, list[NotebookNode]]] = [("", [])]
    for cell in nb.cells:
        heading = SITTING.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            by_sitting.append((heading[0][3:], []))
        by_sitting[-1][1].append(cell)
    return by_sitting


def slide(heading: str, html: str) -> str:
    """One figure: its HTML is kept as JSON until the slide is shown, so that its scripts run in a frame."""
    return f"<section><h2>{escape(heading)}</h2>{waiting(html)}</section>"


PAGE = """<!doctype html>
<html lang="{{LANG}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{TITLE}}</title>
<style>
body {margin: 0; font: 20px/1.4 system-ui, sans-serif; color: #1d2125; background: #fff}
section {display: none; box-sizing: border-box; height: 100vh; padding: 3vh 4vw; flex-direction: column}
section.shown {display: flex}
section.divider {justify-content: center}
h1 {font-size: 2.6em} h2 {font-size: 1.4em; margin: 0 0 1vh} .divider h2 {font-size: 2.2em}
iframe {border: 0; flex: 1; width: 100%}
#place {position: fixed; right: 1em; bottom: .6em; font-size: .7em; color: #555}
@media print {section {display: flex; break-after: page} #place {display: none}}
</style>
<main>
{{SLIDES}}
</main>
<div id="place" aria-live="polite"></div>
<script>
const all = [...document.querySelectorAll("section")];
let now = Math.min(Math.max(parseInt(location.hash.slice(1)) || 1, 1), all.length) - 1;
function fill(section) {
  const waiting = section.querySelector("script");
  if (!waiting || section.querySelector("iframe")) return;
  const frame = document.createElement("iframe");
  frame.title = section.querySelector("h2").textContent;
  frame.srcdoc = `<!doctype html><meta charset="utf-8"><style>body {margin: 0; font: 16px/1.4 system-ui, sans-serif}
    img, svg {max-width: 100%; max-height: 78vh; width: auto; height: auto} figcaption {display: none}</style>
    <body data-jp-theme-light="true">${JSON.parse(waiting.textContent)}`;
  section.append(frame);
}
function show(to) {
  now = Math.min(Math.max(to, 0), all.length - 1);
  all.forEach((section, place) => section.classList.toggle("shown", place === now));
  fill(all[now]);
  if (all[now + 1]) fill(all[now + 1]);
  document.getElementById("place").textContent = `${now + 1} {{OF}} ${all.length}`;
  history.replaceState(null, "", `#${now + 1}`);
}
addEventListener("keydown", event => {
  const step = {ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1}[event.key];
  if (step) { event.preventDefault(); show(now + step); }
  if (event.key === "Home") show(0);
  if (event.key === "End") show(all.length - 1);
});
addEventListener("click", event => { if (!event.target.closest("a")) show(now + (event.clientX < innerWidth / 3 ? -1 : 1)); });
addEventListener("beforeprint", () => all.forEach(fill));
show(now);
</script>
</html>
"""
