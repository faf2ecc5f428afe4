// A card as HTML: descent/card_data.py's rows, or a sentence for what kept Python from making one. Words say what colours say.
import { button, code, errorText, fill, h, reason } from "./dom.js";

const COLON = { en: ": ", zh: "：" };

export function card(answer, { words, lang, open, name, next, onGoto, onBorrow, onTry, onLadder, onNext }) {
  const title = titleOf(answer, words, name, lang);
  const seconds = ["passed", "failed", "partly"].includes(answer.state) ? fill(words.ms, { n: answer.seconds.toFixed(2) }) : null;
  const box = h("div", { class: `card ${kindOf(answer.state)}` },
    h("p", { class: "card-title" }, h("span", { class: "sign", "aria-hidden": "true" }), h("span", {}, code(title)), seconds && h("small", {}, seconds)));
  if (answer.state === "missing") box.append(h("p", {}, code(words.missingNote)));
  if (answer.state === "error") {
    const where = answer.line && fill(words.line, { n: answer.line }); // Python's own lines name it, too, but not always
    if (answer.note) box.append(h("p", { class: "advice" }, code(answer.note)));
    box.append(...errorText(answer.error), where && !answer.error.includes(where) ? h("p", { class: "where" }, where) : "");
  }
  if (answer.state === "needs") {
    box.append(h("p", { class: "buttons" }, button(words.goto, onGoto), onBorrow ? button(words.borrow, onBorrow) : h("span", {}, words.noLending)));
  }
  for (const lent of answer.borrowed ?? []) box.append(h("p", { class: "borrowed" }, code(fill(words.borrowed, { name: `\`${lent}\`` }))));
  if (answer.card) box.append(...rowsOf(answer.card, { words, lang, open, onTry, onLadder }));
  if (answer.state === "passed" && next) box.append(h("p", {}, button(`${words.next} ${next} ↓`, onNext)));
  if (answer.printed) box.append(h("div", {}, h("p", { class: "label" }, words.printed), h("pre", { tabindex: "0", class: "printed" }, answer.printed)));
  return box;
}

const kindOf = (state) => ({ undefined: "note", tooLong: "note", empty: "note", noEditor: "note", noPackage: "note", partly: "failed" })[state] ?? state;

function titleOf(answer, words, name, lang) {
  const groups = (answer.card?.rows ?? []).filter((row) => row.kind === "pass" || row.kind === "fail");
  const passes = groups.filter((row) => row.kind === "pass").length;
  return {
    passed: answer.card || answer.points != null ? words.passed : words.tryPassed,
    failed: fill(words.failed, { n: passes, all: groups.length }),
    partly: fill(words.partly, { n: answer.value, all: answer.points }),
    missing: words.missing,
    error: answer.fatal ? words.fatal : words.error,
    needs: fill(words.needs, { name: `\`${answer.needs}\`` }),
    stopped: fill(words.stopped, { n: answer.seconds }),
    undefined: fill(words.undefined, { name: `\`${name}\`` }),
    empty: words.empty,
    noEditor: words.noEditor,
    noPackage: words.noPackage,
    tooLong: fill(words.tooLong, { n: (answer.length ?? 0).toLocaleString(lang) }),
    died: location.protocol === "file:" ? words.fileUrl : fill(words.died, { why: reason(words, answer.why) }),
  }[answer.state];
}

function rowsOf(data, { words, lang, open, onTry, onLadder }) {
  const out = [], groups = data.rows.filter((row) => row.kind === "pass" || row.kind === "fail");
  if (data.state === "passed") {
    return [h("ul", { class: "groups compact" }, groups.map((row) => h("li", {}, code(row.text[lang]))))];
  }
  if (data.state !== "failed") return out;
  out.push(h("ul", { class: "groups" }, groups.map((row) =>
    h("li", { class: row.kind }, h("b", {}, row.kind === "pass" ? words.pass : words.fail), " ", h("span", {}, code(row.text[lang]))))));
  const values = data.rows.filter((row) => row.kind === "value");
  for (const row of data.rows) {
    if (row.kind === "case") {
      out.push(h("div", { class: "case" }, h("p", { class: "label" }, row.label[lang]), h("pre", { tabindex: "0" }, row.text[lang]),
        button(words.try, () => onTry(row.text[lang]), { class: "quiet" })));
    } else if (["problem", "where", "observation"].includes(row.kind)) out.push(line(row, lang));
  }
  if (values.length) {
    out.push(h("dl", { class: "values simple" }, values.flatMap((row) => [h("dt", {}, row.label[lang]), h("dd", {}, h("pre", { tabindex: "0" }, row.text[lang]))])));
  }
  const ladder = data.rows.filter((row) => row.kind === "question" || row.kind === "name");
  if (ladder.length) {
    const rungs = h("div", { class: "ladder" }, ladder.slice(0, open).map((row) => line(row, lang)));
    if (open < ladder.length) rungs.append(button(ladder[open].kind === "question" ? words.question : words.name, onLadder, { class: "quiet" }));
    out.push(rungs);
  }
  return out;
}

const line = (row, lang) =>
  h("p", { class: row.kind }, row.label ? h("b", {}, row.label[lang] + COLON[lang]) : "", code(row.text[lang]));

/** The line of the reader's text that a card or an error points at. */
export function badLine(answer) {
  const where = answer.card?.rows.find((row) => row.kind === "where");
  return answer.line ?? (where ? Number(/\d+/.exec(where.label.en + where.text.en)?.[0]) : null);
}
