// What the editor proposes: names of the reader's text, names that the page has given, the course's part of NumPy, array
// attributes. Nothing is chosen until Tab, or an arrow and Enter: who types a whole name and Enter gets a new line.
import { autocompletion, acceptCompletion, completionStatus, moveCompletionSelection, selectedCompletion } from "@codemirror/autocomplete";
import { localCompletionSource } from "@codemirror/lang-python";
import { Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";

const list = (words, type) => words.trim().split(/\s+/).map((label) => ({ label, type }));
const MODULES = {
  np: [
    ...list(`abs all allclose any append arange argmax argmin argsort array array_equal asarray bincount broadcast_to clip
      concatenate convolve copy cos cumsum diag diff dot einsum empty empty_like errstate exp expand_dims expm1 eye flatnonzero flip
      full full_like geomspace hstack hypot inner isclose isfinite isinf isnan linspace log log10 log1p log2 logaddexp logspace
      matmul max maximum mean median min minimum mod nan_to_num nonzero norm ones ones_like outer pad percentile prod quantile
      ravel repeat reshape roll round searchsorted sign sin sort split sqrt square squeeze stack std sum swapaxes take tanh tile
      trace transpose tril tril_indices triu unique var vdot vstack where zeros zeros_like`, "function"),
    ...list("bool_ e finfo float32 float64 inf int64 linalg nan ndarray newaxis pi random uint8", "constant"),
  ],
  "np.linalg": list("cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_rank norm pinv qr solve svd", "function"),
  "np.random": list("Generator default_rng", "function"),
};
const OF_ARRAYS = [
  ...list("all any argmax argmin argsort astype clip copy cumsum dot fill flatten item max mean min nonzero prod ravel repeat reshape round sort squeeze std sum swapaxes tolist transpose var", "method"),
  ...list("T dtype flat ndim shape size", "property"),
  ...list("binomial choice integers normal permutation random shuffle standard_normal uniform", "method"), // of a generator
];
const WORDS = [
  ...list("and as assert break class continue def del elif else except finally for from if import in is lambda None not or pass raise return True False try while with yield", "keyword"),
  ...list("abs all any bool dict enumerate float int isinstance len list max min print range reversed round set sorted str sum tuple zip ValueError NotImplementedError", "function"),
];

/** The names that code makes at its top level, with the parameters of what can be called. */
export function madeBy(source) {
  const out = [];
  for (const [, name, parameters] of source.matchAll(/^(?:def|class) (\w+)(\([^)]*\))?/gm)) {
    out.push({ label: name, type: "function", detail: parameters?.replace(/\s+/g, " ") });
  }
  for (const [, name] of source.matchAll(/^(\w+)(?:: [^=\n]+)? = /gm)) out.push({ label: name, type: "variable" });
  for (const [, names] of source.matchAll(/^(?:from [\w.]+ )?import (.+)$/gm)) {
    for (const name of names.split(",")) out.push({ label: name.trim().split(/ as |\./).pop(), type: "namespace" });
  }
  return out;
}

/** given(): the names that stand before this text. */
function source(given) {
  return (context) => {
    const dotted = context.matchBefore(/[\w.\])]+\.\w*$/);
    if (dotted) {
      const dot = dotted.text.lastIndexOf("."), before = dotted.text.slice(0, dot);
      const options = MODULES[before] ?? OF_ARRAYS;
      if (/^\d+$/.test(before) || (!MODULES[before] && !context.explicit && dot === dotted.text.length - 1)) return null; // 1. is a number
      return { from: dotted.from + dot + 1, options, validFor: /^\w*$/ };
    }
    const word = context.matchBefore(/\w+$/);
    if (!context.explicit && (!word || word.text.length < 2 || /^\d/.test(word.text))) return null;
    return { from: word?.from ?? context.pos, options: [...given(), ...WORDS], validFor: /^\w*$/ };
  };
}

/** Tab takes what is marked, or the first of the list; without a list it indents. */
function take(view) {
  if (completionStatus(view.state) !== "active") return false;
  if (!selectedCompletion(view.state)) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
}

/** Not in a string or a comment: prose there is not Python. */
const inProse = (context) => /String|Comment/.test(context.tokenBefore(["String", "Comment", "FormatString"])?.type.name ?? "");
const quiet = (from) => (context) => (!context.explicit && inProse(context) ? null : from(context));

export const completion = (given) => [
  autocompletion({ override: [quiet(localCompletionSource), quiet(source(given))], selectOnOpen: false, icons: false, maxRenderedOptions: 40 }),
  Prec.highest(keymap.of([{ key: "Tab", run: take }])),
];
