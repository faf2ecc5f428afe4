// The editor: loaded when an exercise comes near. Colours are CSS variables, so light and dark need no second theme.
import { EditorView, keymap, lineNumbers, drawSelection, Decoration } from "@codemirror/view";
import { EditorState, StateField, StateEffect, Prec } from "@codemirror/state";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { closeBrackets, closeBracketsKeymap, closeCompletion } from "@codemirror/autocomplete";
import { tags } from "@lezer/highlight";
import { completion, madeBy } from "./complete.js";

export { madeBy };

const setBad = StateEffect.define();
const badLine = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (effect.is(setBad)) {
        const line = effect.value;
        if (!line || line > change.state.doc.lines) return Decoration.none;
        return Decoration.set([Decoration.line({ class: "cm-badLine" }).range(change.state.doc.line(line).from)]);
      }
    }
    return change.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const theme = EditorView.theme({
  "&": { background: "var(--panel)", color: "var(--ink)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.62", padding: ".7em 0" },
  ".cm-content": { padding: "0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1em 0 6px" },
  ".cm-gutters": { background: "transparent", border: "0", color: "var(--soft)", minWidth: "3.1em", boxSizing: "border-box" },
  ".cm-lineNumbers": { width: "100%" },
  ".cm-cursor": { borderLeft: "2px solid var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 24%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": { background: "color-mix(in srgb, var(--accent) 22%, transparent)" },
  ".cm-badLine": { background: "color-mix(in srgb, var(--bad) 14%, transparent)", boxShadow: "inset 3px 0 var(--bad)" },
  ".cm-tooltip.cm-tooltip-autocomplete": { background: "var(--paper)", border: "1px solid var(--line)", borderRadius: "6px", boxShadow: "0 4px 20px #00000026" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: ".78rem", maxHeight: "13em", maxWidth: "min(34rem, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".2em .7em", lineHeight: "1.5", color: "var(--ink)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: ".75" },
  "@media (max-width: 46em)": { ".cm-gutters": { display: "none" }, ".cm-line": { paddingLeft: "1em" } },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.null], color: "var(--code-word)" },
  { tag: tags.string, color: "var(--code-text)" },
  { tag: tags.comment, color: "var(--code-note)" },
  { tag: [tags.number, tags.bool], color: "var(--code-number)" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.definition(tags.variableName))], color: "var(--code-name)" },
]);

export function create({ parent, doc, label, describedBy, onChange, onCheck, given = () => [], numbers = true }) {
  const check = (view) => (closeCompletion(view), onCheck(), true);
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: check }, { key: "Shift-Enter", run: check }])),
        numbers ? lineNumbers() : [],
        history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), badLine, completion(given),
        EditorState.allowMultipleSelections.of(true),
        indentUnit.of("    "),
        EditorView.lineWrapping, // a docstring that runs off the editor is not read
        python(), syntaxHighlighting(colours), theme,
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({
          "aria-label": label, "aria-describedby": describedBy, tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off",
        }),
        // Tab passes through an editor that is only passed by; it indents once one has typed, moved the cursor or clicked.
        EditorView.updateListener.of((update) => {
          if (update.focusChanged) update.view.setTabFocusMode(update.view.hasFocus);
          else if (update.docChanged || update.selectionSet) update.view.setTabFocusMode(false);
          if (update.docChanged) onChange?.(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    view,
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark: (line) => view.dispatch({ effects: setBad.of(line) }),
    focus: () => view.focus(),
  };
}
