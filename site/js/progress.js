// Progress: rings for the sitting, the chapter and the course in the side bar, and a row of marks below the title.
import { button, fill, h, save } from "./dom.js";
import * as store from "./store.js";

const RADIUS = 15.9, SVG = "http://www.w3.org/2000/svg";

export function progress(book) {
  const { words, page, key } = book, side = document.querySelector("[data-progress]"), dots = document.querySelector("[data-dots]");
  const end = document.querySelector("[data-end]");
  const said = h("small", { role: "status" });
  const pick = h("input", { type: "file", accept: ".json", hidden: true, "aria-label": words.import, onchange: take });

  const stateOf = (one, at = key(one.name)) => {
    const kept = store.read(at);
    if (one.kind === "prediction") return kept.first ? "done" : "open";
    if (one.kind === "written" || one.check === "none") return kept.text ? "done" : "open";
    return kept.passed ? "done" : kept.text || kept.wrong ? "tried" : "open";
  };

  function ring(share) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 36 36");
    for (const kind of ["", share ? "on" : "none"]) {
      const circle = document.createElementNS(SVG, "circle");
      for (const [name, value] of Object.entries({ cx: 18, cy: 18, r: RADIUS, pathLength: 100, class: kind })) circle.setAttribute(name, value);
      if (kind === "on") circle.setAttribute("stroke-dasharray", `${100 * share} 100`);
      svg.append(circle);
    }
    return h("span", { class: "ring", "aria-hidden": "true" }, svg);
  }

  const row = (title, done, all, more = "") =>
    h("p", { class: "row" }, ring(all ? done / all : 0), h("span", {}, h("b", {}, title), h("small", { class: "sum" }, fill(words.of, { n: done, all }) + more)));

  function line(title, list) {
    const done = list.filter((one) => stateOf(one) === "done");
    const earned = done.reduce((sum, one) => sum + (store.read(key(one.name)).passed?.points === false ? 0 : one.points), 0);
    const all = list.reduce((sum, one) => sum + one.points, 0);
    return row(title, done.length, list.length, all ? ` · ${fill(words.points, { n: round(earned), all: round(all) })}` : "");
  }

  function course() {
    let done = 0, all = 0;
    for (const one of page.course) {
      all += one.exercises.length;
      done += one.exercises.filter((each) => stateOf(each, `${one.chapter.slice(0, 2)}/${each.name}`) === "done").length;
    }
    return row(words.course, done, all);
  }

  /** An exercise by the name of its function; a prediction and a question by their kind, since nobody calls them. */
  function named(one) {
    if (one.kind === "exercise") return h("code", {}, one.name);
    const like = page.exercises.filter((other) => other.kind === one.kind && other.place === one.place);
    return (one.kind === "prediction" ? words.prediction : words.question_written) + (like.length > 1 ? ` ${like.indexOf(one) + 1}` : "");
  }

  const mark = (one) => h("a", { href: `#x-${one.name}`, class: stateOf(one), onclick: (event) => {
    if (one.kind !== "exercise") return;
    event.preventDefault();
    history.replaceState(null, "", `#x-${one.name}`);
    book.goto(one.name);
  } }, h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "what" }, named(one)), h("span", { class: "sr" }, `: ${words[stateOf(one)]}`));

  function draw() {
    const sitting = (page.exercises ?? []).filter((one) => one.place === page.place);
    const chapter = (page.exercises ?? []).filter((one) => one.place !== "further");
    if (dots && sitting.length) dots.replaceChildren(...sitting.map(mark), line("", sitting).querySelector("small"));
    if (end && sitting.length) end.replaceChildren(...atTheEnd(sitting));
    for (const span of document.querySelectorAll("[data-chapter]")) span.textContent = ofChapter(span.dataset.chapter);
    if (!side || side.contains(document.activeElement)) return;
    side.replaceChildren(...[
      sitting.length && line(words.sitting, sitting),
      page.chapter && line(fill(words.chapter, { n: page.chapter.slice(0, 2) }), chapter),
      course(),
      sitting.length && h("ul", {}, sitting.map((one) => h("li", {}, mark(one)))),
      h("p", { class: "files" }, h("small", {}, store.state.works ? words.kept : words.notKept),
        h("span", {}, button(words.export, give, { class: "link" }), " · ", button(words.import, () => pick.click(), { class: "link" }),
          " · ", button(words.delete, forget, { class: "link" }))),
      pick, said,
    ].filter(Boolean));
  }

  /** Below a sitting: what is still open in it. Who has only read is told nothing. */
  function atTheEnd(sitting) {
    const open = sitting.filter((one) => stateOf(one) !== "done");
    if (open.length === sitting.length) return [];
    if (!open.length) return [h("p", {}, h("b", {}, words.allDone))];
    return [h("p", {}, words.stillOpen), h("ul", {}, open.map((one) => h("li", {}, mark(one))))];
  }

  /** On the landing page: how much of a chapter is done, once it is begun. */
  function ofChapter(folder) {
    const list = page.course.find((one) => one.chapter === folder)?.exercises ?? [];
    const done = list.filter((one) => stateOf(one, `${folder.slice(0, 2)}/${one.name}`) === "done").length;
    return done ? fill(words.of, { n: done, all: list.length }) : "";
  }

  const give = () => save(new Blob([JSON.stringify(store.exported(), null, 1)], { type: "application/json" }), "descent-progress.json");

  function forget() {
    if (!confirm(words.deleteSure)) return;
    store.forget();
    location.reload();
  }

  async function take() {
    let found = "bad";
    try {
      found = store.load(JSON.parse(await pick.files[0].text()));
    } catch { /* not JSON: said below */ }
    pick.value = ""; // the same file can be chosen again
    if (found === "bad" || found === "newer") {
      said.textContent = found === "bad" ? words.importBad : words.versionNewer;
      return;
    }
    said.textContent = fill(words.imported, { n: found.taken }) + (found.damaged ? ` ${fill(words.importDamaged, { n: found.damaged })}` : "");
    if (found.taken && !found.damaged && store.state.works) setTimeout(() => location.reload(), 800); // else the sentence is read first, or all is lost
  }

  store.onChange(draw);
  draw();
}

const round = (number) => Math.round(number * 10) / 10;
