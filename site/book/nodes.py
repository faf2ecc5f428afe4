"""Docutils nodes for the parts of a page that Sphinx does not have, and their HTML.

The HTML reads well without JavaScript: a stub to read, hints and answers to unfold, options as a list. site/js/ makes it
interactive.
"""

from html import escape

from docutils import nodes


class exercise(nodes.General, nodes.Element):
    """An exercise: its stub, then folds with hints and the answer. Attributes: name, check, label."""


class written(nodes.General, nodes.Element):
    """A written question: a fold with a model answer. Attributes: name, label."""


class fold(nodes.General, nodes.Element):
    """Text that unfolds with a click: a fold_title, then anything. Attribute: kind."""


class fold_title(nodes.TextElement):
    pass


class prediction(nodes.General, nodes.Element):
    """Options to choose from. Attributes: name, right, legend."""


class prediction_option(nodes.TextElement):
    """One option. Attributes: name (of the prediction), letter."""


class cell(nodes.General, nodes.Element):
    """Code and its output. Attributes: cell (its id), role, after (a prediction), live, seconds."""


class glossary_term(nodes.TextElement):
    """A term of the glossary where a page first uses it. Attributes: meaning, href."""


def attributes(node, **values) -> str:
    """HTML attributes; those without a value are omitted. data_name becomes data-name."""
    return "".join(f' {name.replace("_", "-")}="{escape(str(value))}"' for name, value in values.items() if value)


def visit_exercise(self, node):
    html_attributes = attributes(node, data_name=node["name"], data_check=node["check"], aria_label=node["label"])
    self.body.append(f'<section class="exercise" id="x-{node["name"]}"{html_attributes}>\n')


def visit_written(self, node):
    html_attributes = attributes(node, data_name=node["name"], aria_label=node["label"])
    self.body.append(f'<section class="written" id="x-{node["name"]}"{html_attributes}>\n')


def depart_section(self, node):
    self.body.append("</section>\n")


def visit_fold(self, node):
    html_attributes = attributes(node, class_=f"fold {node['kind']}").replace("class-", "class")
    self.body.append(f"<details{html_attributes}>")


def depart_fold(self, node):
    self.body.append("</details>\n")


def visit_fold_title(self, node):
    self.body.append("<summary>")


def depart_fold_title(self, node):
    self.body.append("</summary>\n")


def visit_prediction(self, node):
    html_attributes = attributes(node, data_name=node["name"], data_right=node["right"])
    self.body.append(
        f'<fieldset class="predict" id="x-{node["name"]}"{html_attributes}><legend>{escape(node["legend"])}</legend>\n'
    )


def depart_prediction(self, node):
    self.body.append('<p class="predict-said" aria-live="polite"></p></fieldset>\n')


def visit_prediction_option(self, node):
    choice = f'<input type="radio" name="p-{node["name"]}" value="{node["letter"]}">'
    self.body.append(f'<label class="choice">{choice}<b>{node["letter"]}</b><span>')


def depart_prediction_option(self, node):
    self.body.append("</span></label>\n")


def visit_cell(self, node):
    html_attributes = attributes(
        node, data_cell=node["cell"], data_after=node["after"], data_live=node["live"], data_seconds=node["seconds"]
    )
    self.body.append(f'<div class="cell {node["role"]}"{html_attributes}>\n')


def depart_cell(self, node):
    self.body.append("</div>\n")


def visit_term(self, node):
    self.body.append(f'<a class="term" href="{escape(node["href"])}" data-meaning="{escape(node["meaning"])}">')


def depart_term(self, node):
    self.body.append("</a>")


def add_nodes(app):
    pairs = {
        exercise: (visit_exercise, depart_section),
        written: (visit_written, depart_section),
        fold: (visit_fold, depart_fold),
        fold_title: (visit_fold_title, depart_fold_title),
        prediction: (visit_prediction, depart_prediction),
        prediction_option: (visit_prediction_option, depart_prediction_option),
        cell: (visit_cell, depart_cell),
        glossary_term: (visit_term, depart_term),
    }
    for node, visitors in pairs.items():
        app.add_node(node, html=visitors)
