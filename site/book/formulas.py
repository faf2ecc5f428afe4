"""Render formulas with KaTeX while the site is built: pages then need no script for them, and their layout does not jump.

One node process renders all formulas: a line of JSON in, a line of JSON out (site/js/formulas.mjs).
"""

import functools
import json
import os
import subprocess

from docutils import nodes

from book.texts import SITE


@functools.cache
def katex_process():
    """Start the node process, once; it exits when this process ends and closes its stdin."""
    return subprocess.Popen(
        ["node", str(SITE / "js" / "formulas.mjs"), os.environ["DESCENT_NODE_MODULES"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@functools.cache
def html_of(tex: str, display: bool) -> str:
    """A formula as HTML, with MathML for screen readers. Raises ValueError if KaTeX cannot parse it."""
    process = katex_process()
    process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    process.stdin.flush()
    reply = json.loads(process.stdout.readline())
    if "error" in reply:
        raise ValueError(f"{reply['error']} in the formula {tex!r}")
    return reply["html"]


def visit_inline(self, node):
    self.body.append(f'<span class="math">{html_of(node.astext().strip(), False)}</span>')
    raise nodes.SkipNode


def visit_block(self, node):
    number = node.get("number")
    label = f'<span class="equation-number">({number})</span>' if number else ""
    ids = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    self.body.append(f'<div class="formula"{ids}>{html_of(node.astext().strip(), True)}{label}</div>')
    raise nodes.SkipNode
