// A page of the book comes alive: editors, cards, predictions, progress. Without this script it is still a page to read.
import { code, errorText, fill, h, reason, script } from "./dom.js";
import { exercise } from "./exercise.js";
import { live } from "./live.js";
import { predict, quizzes } from "./predict.js";
import { progress } from "./progress.js";
import { createPython } from "./python.js";
import * as store from "./store.js";
import { copyButtons, download, drawers, figures, goOn, languageSwitch, scrollable, searchResults, stay, toLite, tooltips } from "./tools.js";
import { written } from "./written.js";

const blob = document.getElementById("descent-data");
if (blob) start(JSON.parse(blob.textContent));

function start(page) {
  const words = page.words, root = new URL(page.root, location.href), files = new URL(`${page.lang}/_static/`, root).href;
  const boxes = new Map(), key = (name) => `${page.chapter?.slice(0, 2)}/${name}`;
  document.body.dataset.place = page.place ?? "";
  store.learnChapters(page.course);
  store.probe();
  store.migrateOld();

  const status = h("div", { class: "python-status", role: "status", hidden: true });
  document.body.append(status);
  const note = (text) => {
    status.textContent = text ?? "";
    status.hidden = !text;
  };

  const python = createPython({
    url: `${files}python-worker.js?pyodide=${encodeURIComponent(new URL("pyodide/", root).href)}`,
    onState(state, detail) {
      document.documentElement.dataset.python = state;
      document.documentElement.dataset.stage = state === "loading" ? detail.stage : "";
      performance.mark(`python-${state}${detail.stage ? "-" + detail.stage : ""}`);
      for (const box of boxes.values()) box.onPython(state, detail);
    },
  });

  /** An answer as the reader has it: their own where it passes, else borrowed, else open. */
  const mine = (cell) => {
    if (cell.kind !== "answer") return cell;
    const kept = store.read(key(cell.id));
    if (kept.passed && kept.good) return { ...cell, source: kept.good, mine: "passed" };
    if (kept.text && page.exercises.find((one) => one.name === cell.id)?.check === "none") return { ...cell, source: kept.text, mine: "passed" };
    return { ...cell, mine: kept.borrowed && cell.source ? "borrowed" : "open" };
  };

  let editorLoaded;
  const book = {
    page, words, python, key,
    note,
    editor: () => (editorLoaded ??= script(`${files}editor.js`)).then(() => window.DescentEditor.create, (error) => {
      editorLoaded = null; // offline: the next time it is asked for again
      throw error;
    }),
    before(id, { experiments = false } = {}) {
      const index = page.cells.findIndex((cell) => cell.id === id);
      const cells = page.cells.slice(0, index < 0 ? undefined : index);
      return cells.filter((cell) => experiments || cell.kind !== "experiment").map((cell) => guess(mine(cell)));
    },
    lends: (name) => Boolean(page.cells.find((cell) => cell.id === name)?.source),
    nextOpen(name) {
      const names = page.exercises.filter((one) => one.place === page.place && one.kind === "exercise").map((one) => one.name);
      return names.slice(names.indexOf(name) + 1).find((other) => !store.read(key(other)).passed);
    },
    goto(name) {
      const box = document.getElementById(`x-${name}`);
      if (!box) return void (location.href = `${page.exercises.find((one) => one.name === name).place}.html#x-${name}`);
      box.scrollIntoView({ block: "start" });
      boxes.get(name)?.focus();
    },
    /** What kept a run from its result, as nodes. */
    trouble: (answer) => answer.error == null ? [h("pre", { tabindex: "0" }, book.sentence(answer))]
      : [...errorText(answer.error), answer.note && h("p", { class: "advice" }, code(answer.note))].filter(Boolean),
    sentence: (answer) => fill(words[answer.state] ?? "", { n: answer.seconds, name: answer.needs, why: reason(words, answer.why) }),
  };
  /** A prediction's cell as the reader has made it. */
  const guess = (cell) => {
    const first = cell.id.startsWith("prediction_") && store.read(key(cell.id)).first;
    return first ? { ...cell, source: `${cell.id} = "${first}"` } : cell;
  };

  if (page.chapter) {
    if (page.checks) for (const section of document.querySelectorAll("section.exercise")) boxes.set(section.dataset.name, exercise(section, book));
    for (const section of document.querySelectorAll("section.written")) written(section, book);
    for (const field of document.querySelectorAll("fieldset.predict")) predict(field, book);
    if (page.checks && location.protocol !== "file:") for (const cell of document.querySelectorAll(".cell[data-live]")) live(cell, book);
    quizzes(book);
    download(book);
    toLite(book);
  }
  progress(book);
  languageSwitch();
  goOn(book);
  copyButtons(book);
  tooltips();
  drawers();
  figures(book);
  scrollable();
  stay(document.getElementById(decodeURIComponent(location.hash.slice(1))));

  searchResults(page);

  addEventListener("offline", () => note(words.offline));
  addEventListener("online", () => note(null));
  store.onChange(() => note(store.state.works ? null : words.full));
  addEventListener("beforeunload", (event) => store.state.works || !store.unsaved() || event.preventDefault()); // the browser asks once more
  if (!store.state.works) note(words.full);

  // A reader who has begun: Python is fetched while the page is idle, before it is asked for.
  const begun = page.checks && page.exercises?.some((one) => one.kind === "exercise" && store.read(key(one.name)).text);
  const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 1000));
  if (begun && location.protocol !== "file:") addEventListener("load", () => idle(() => python.start(), { timeout: 3000 }));
  document.addEventListener("focusin", (event) => event.target.closest?.(".editor") && python.start(), { passive: true });
  window.descent = { python, store, book }; // for tests
}
