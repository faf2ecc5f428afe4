// An experiment can be run with the reader's own functions; its figures come along. What the book shows stays above.
import { button, code, fill, h } from "./dom.js";
import * as store from "./store.js";
import { larger } from "./tools.js";

const LIMIT = 300; // seconds at least; a run can be stopped by hand before
const SLOWER = 5; // a machine may take so many times the seconds that are said
const LONG = 2; // seconds; what is shorter needs no word about how long it takes

export function live(cell, book) {
  const { words, page, python } = book, id = cell.dataset.cell, source = page.cells.find((one) => one.id === id).source;
  const result = h("div", { class: "live-result", "aria-live": "polite" }), clock = h("span", { class: "said" });
  const stop = button(words.stop, () => python.stop(Math.round((Date.now() - begun) / 1000)), { class: "quiet", hidden: true });
  const about = Number(cell.dataset.seconds ?? 0);
  const start = button(words.live, () => go(), { class: "quiet" });
  const bar = h("progress", { max: about || 1, hidden: true, "aria-label": words.running });
  let begun, running = false;
  const long = about >= LONG ? h("span", { class: "about" }, fill(words.about, { n: Math.round(about) })) : null;
  cell.append(h("p", { class: "buttons" }, start, stop, long, bar, clock), result);

  async function go() {
    if (running) return;
    running = true;
    begun = Date.now();
    start.setAttribute("aria-disabled", "true");
    stop.hidden = false;
    bar.hidden = about < LONG;
    bar.value = 0;
    let ready; // the bar measures the run, not the loading before it
    const tick = setInterval(() => {
      const what = document.documentElement.dataset.stage === "figures" ? words.loadingFigures
        : python.state === "loading" ? words.loading : words.running;
      if (what === words.running) ready ??= Date.now();
      if (ready) bar.value = (Date.now() - ready) / 1000;
      clock.textContent = `${what} ${fill(words.elapsed, { n: Math.round((Date.now() - begun) / 1000) })}`;
    }, 500);
    const answer = await python.call("run", { source, cells: book.before(id, { experiments: true }), lang: page.lang }, Math.max(LIMIT, SLOWER * about));
    clearInterval(tick);
    bar.hidden = true;
    running = false;
    clock.textContent = "";
    stop.hidden = true;
    start.removeAttribute("aria-disabled");
    show(answer);
    performance.mark("live");
  }

  function show(answer) {
    if (answer.state === "needs") {
      const lend = book.lends(answer.needs) && button(words.borrow, () => {
        store.write(book.key(answer.needs), { borrowed: true });
        start.focus(); // this button goes with the result that it stands in
        go();
      });
      return result.replaceChildren(h("p", {}, code(fill(words.needs, { name: `\`${answer.needs}\`` }))),
        h("p", { class: "buttons" }, button(words.goto, () => book.goto(answer.needs)), lend || words.noLending));
    }
    const lent = (answer.borrowed ?? []).map((one) => h("p", { class: "borrowed" }, code(fill(words.borrowed, { name: `\`${one}\`` }))));
    result.replaceChildren(h("p", { class: "label" }, words.mine), ...lent, ...(answer.shown ?? []).flatMap((one) => part(one, words)));
    if (answer.state !== "ran") result.append(...book.trouble(answer));
    else if (!answer.shown.length) result.append(h("pre", {}, words.silent));
  }
}

/** Text as text; of a figure its picture and what it shows in words, never its HTML. */
function part({ text, html }, words) {
  const picture = html && new DOMParser().parseFromString(html, "text/html").querySelector('img[src^="data:image/png;base64,"]');
  if (!picture) return [h("pre", { tabindex: "0" }, text)];
  const image = h("img", { src: picture.getAttribute("src"), alt: text, class: "descent-figure", width: 700 });
  return [image, larger(image, words)];
}
