"""All figures of a build on one page, to compare them: light and dark, in either language.

The page contains each figure once; its light and its dark frame are made when it comes into view. Inside a frame the
theme is an attribute of the body, as in JupyterLab.
"""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .source import LANGUAGES

DRAWN = ("<figure", "<img", "<svg", "<canvas")


def gallery(root: Path, chapters: list[str]) -> tuple[str, int]:
    """Return the page of the built solution notebooks under `root`, and how many figures it shows."""
    parts, total = [], 0
    for chapter in chapters:
        for lang in LANGUAGES:
            path = root / "solutions" / lang / chapter / f"{chapter}.ipynb"
            if not path.is_file():
                continue
            drawings = list(figures(nbformat.read(path, as_version=4)))
            total += len(drawings)
            parts.append(f'<section lang="{lang}"><h2>{escape(chapter)}: {len(drawings)} figures</h2>')
            parts += [block(heading, html) for heading, html in drawings]
            parts.append("</section>")
    return PAGE.replace("{{SECTIONS}}", "\n".join(parts)), total


def figures(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield (heading and cell, HTML) for each output that draws something."""
    heading = ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            headings = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
            heading = headings[-1] if headings else heading
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = data.get("text/html", "")
            if any(tag in html for tag in DRAWN):
                yield f"{heading} (cell {cell.id})", html
            elif "image/png" in data:
                picture = data["image/png"].replace("\n", "")
                yield f"{heading} (cell {cell.id})", f'<img src="data:image/png;base64,{picture}">'


def block(heading: str, html: str) -> str:
    """Return a figure's part of the page."""
    return f'<article><h3>{escape(heading)}</h3>{waiting(html)}<div class="pair"></div></article>'


def waiting(html: str) -> str:
    """Return HTML as JSON in a script element, so that its scripts run only in the frame that it is put into later."""
    as_json = json.dumps(html).replace("</", "<\\/").replace("<!--", "<\\!--")
    return f'<script type="application/json">{as_json}</script>'


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Figures of this build</title>
<style>
body {font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1500px; padding: 0 16px; color: #1d2125; background: #eee}
nav {position: sticky; top: 0; background: #eee; padding: 10px 0; z-index: 1; border-bottom: 1px solid #bbb}
nav label {margin-right: 1.2em}
h2 {margin: 1.5em 0 0.3em} h3 {font-size: 0.9em; font-weight: 500; margin: 1.2em 0 0.3em}
.pair {display: flex; gap: 12px; min-height: 320px; align-items: start}
iframe {border: 0; flex: 1; min-width: 0; height: 320px}
.one iframe {max-width: 740px}
</style>
<nav>
<label><input type="radio" name="lang" value="en" checked> English</label><label><input type="radio" name="lang" value="zh"> 中文</label>
|&ensp; <label><input type="radio" name="theme" value="light dark" checked> light and dark</label><label><input
type="radio" name="theme" value="light"> light</label><label><input type="radio" name="theme" value="dark"> dark</label>
</nav>
<main>
{{SECTIONS}}
</main>
<script>
const ground = {light: ["#ffffff", "#212121"], dark: ["#111111", "#e0e0e0"]};
const chosen = name => document.querySelector(`input[name=${name}]:checked`).value;
function frame(html, theme) {
  const made = document.createElement("iframe");
  made.style.colorScheme = theme;
  const [paper, ink] = ground[theme];
  made.srcdoc = `<!doctype html><html data-theme="${theme}" style="color-scheme: ${theme}"><meta charset="utf-8">
    <style>body {margin: 8px; font: 14px/1.5 system-ui, sans-serif; background: ${paper}; color: ${ink}}</style>
    <body data-jp-theme-light="${theme === "light"}" data-theme="${theme}">${html}</body></html>`;
  made.onload = () => {
    const fit = () => { made.style.height = made.contentDocument.documentElement.offsetHeight + 18 + "px"; };
    fit();
    new made.contentWindow.ResizeObserver(fit).observe(made.contentDocument.body);
  };
  return made;
}
const watcher = new IntersectionObserver(entries => {
  for (const {isIntersecting, target} of entries) if (isIntersecting && !target.childElementCount) {
    const html = JSON.parse(target.previousElementSibling.textContent);
    target.append(...chosen("theme").split(" ").map(theme => frame(html, theme)));
  }
}, {rootMargin: "600px"});
function renew() {
  for (const section of document.querySelectorAll("section")) section.hidden = section.lang !== chosen("lang");
  document.querySelector("main").className = chosen("theme").includes(" ") ? "" : "one";
  for (const pair of document.querySelectorAll(".pair")) { pair.replaceChildren(); watcher.unobserve(pair); watcher.observe(pair); }
}
document.querySelector("nav").addEventListener("change", renew);
renew();
</script>
</html>
"""
