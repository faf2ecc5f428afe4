// A prediction hides what comes after it until it is made; the first one counts. A quiz keeps the option opened first.
import { button, fill, focusOn, h } from "./dom.js";
import * as store from "./store.js";

/** What would give an outcome away: all that stands between the last cell of its experiment and the next heading. Where the next
    prediction, a quiz or an exercise comes before a heading, only the paragraphs that begin with these words: the rest asks the next question. */
function outcome(cells, begins) {
  const all = [], stop = "section, fieldset, details.option, h1, h2, h3, h4";
  for (let next = cells.at(-1)?.nextElementSibling; next && !next.matches("section:not(.exercise, .written)"); next = next.nextElementSibling) {
    if (next.matches(stop)) return paragraphs(cells, begins);
    if (!next.matches("span:empty, span[id^=c-]")) all.push(next);
  }
  for (const one of all) one.classList.add("outcome");
  return all;
}

function paragraphs(cells, begins) {
  const out = [];
  let next = cells.at(-1)?.nextElementSibling;
  while (next?.matches("p, span:empty, span[id^=c-]") || next?.matches("ul, ol, div.formula") && out.length) {
    if (!out.length && next.matches("p") && !begins.some((words) => next.querySelector("strong:first-child")?.textContent.startsWith(words))) break;
    if (!next.matches("span")) out.push(next);
    next = next.nextElementSibling;
  }
  for (const one of out) one.classList.add("outcome");
  return out;
}

export function predict(field, { words, key }) {
  const name = field.dataset.name, right = field.dataset.right, said = field.querySelector(".predict-said");
  const cells = [...document.querySelectorAll(`[data-after="${name}"]`)], after = [...cells, ...outcome(cells, words.showed)];
  const veil = h("p", { class: "veil" }, words.noPeek + " ", button(words.peek, () => (reveal(), focusOn(after[0])), { class: "link" }), words.stop_sign);
  const reveal = () => {
    veil.remove();
    for (const cell of after) cell.hidden = false;
  };
  const tell = (you) => {
    said.textContent = !right ? "" : you === right ? words.right : fill(words.not, { you, right });
    field.dataset.said = you === right ? "right" : "not";
    field.querySelector(`[value=${you}]`).checked = true;
    for (const label of field.querySelectorAll("label")) label.classList.toggle("is-right", label.control.value === right);
    reveal();
  };
  const kept = store.read(key(name)).first;
  if (kept && field.querySelector(`[value="${CSS.escape(kept)}"]`)) tell(kept);
  else if (after.length) {
    for (const cell of after) cell.hidden = true;
    after[0].before(veil);
  }
  // An arrow key would choose the next option, and the first choice counts: until it is made, arrows only move and Space or Enter chooses.
  const options = [...field.querySelectorAll("input")], steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  field.addEventListener("keydown", (event) => {
    const at = options.indexOf(event.target);
    if (at < 0 || field.dataset.said || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") options[at].click();
    if (!steps[event.key]) return;
    event.preventDefault();
    options.at((at + steps[event.key]) % options.length).focus();
  });
  field.addEventListener("change", (event) => {
    const first = store.read(key(name)).first ?? event.target.value;
    store.write(key(name), { first });
    tell(first);
  });
}

/** Options that follow one another are one question. */
export function quizzes({ key, words }) {
  const questions = new Map();
  let number = 0;
  for (const option of document.querySelectorAll("article details.option")) {
    const follows = option.previousElementSibling?.matches("details.option");
    if (!follows) number += 1;
    if (!questions.has(number)) questions.set(number, []);
    questions.get(number).push(option);
  }
  for (const [index, options] of questions) {
    const name = key(`quiz-${document.body.dataset.place}-${index}`);
    const mark = (chosen) => {
      options[chosen]?.classList.add("chosen");
      options[chosen]?.querySelector("summary").append(h("span", { class: "sr" }, ` (${words.quizFirst})`));
    };
    const kept = store.read(name).quiz;
    if (Number.isInteger(kept)) mark(kept);
    options.forEach((option, place) => option.addEventListener("toggle", () => {
      if (!option.open || Number.isInteger(store.read(name).quiz)) return;
      store.write(name, { quiz: place });
      mark(place);
    }));
  }
}
