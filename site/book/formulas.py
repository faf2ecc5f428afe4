"""Formulas are set by KaTeX while the site is built: a page needs no script for them and does not jump.

One node process answers one line for each formula, JSON both ways (site/js/formulas.mjs).
"""

import functools
import json
import os
import subprocess

from docutils import nodes

from book.words import SITE


@functools.cache
def katex():
    """The process that sets formulas; it ends when its input is closed with ours."""
    return subprocess.Popen(
        ["node", str(SITE / "js" / "formulas.mjs"), os.environ["DESCENT_NODE_MODULES"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@functools.cache
def html_of(tex: str, display: bool) -> str:
    """A formula as HTML with MathML inside for screen readers. Raises ValueError for one that KaTeX cannot parse."""
    process = katex()
    process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        raise ValueError(f"{answer['error']} in the formula {tex!r}")
    return answer["html"]


def visit_inline(self, node):
    self.body.append(f'<span class="math">{html_of(node.astext().strip(), False)}</span>')
    raise nodes.SkipNode


def visit_block(self, node):
    number = node.get("number")
    label = f'<span class="equation-number">({number})</span>' if number else ""
    ids = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    self.body.append(f'<div class="formula"{ids}>{html_of(node.astext().strip(), True)}{label}</div>')
    raise nodes.SkipNode
