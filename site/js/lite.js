// In JupyterLite: the answers of the book arrive in the notebook and go back, a slow experiment says how long it takes,
// and a link leads back to the page of the book that one came from.
import { button, fill, h } from "./dom.js";
import { arrive, give, shippedText } from "./exchange.js";
import * as store from "./store.js";
import words from "./words.json";

const path = new URLSearchParams(location.search).get("path") ?? "";
const [, lang, chapter] = /^(en|zh)\/(\w+)\.ipynb$/.exec(path) ?? [];
const LONG = 2; // seconds; a shorter experiment needs no word
const STYLE = `
.descent-bar { position: fixed; z-index: 1000; right: 1rem; bottom: 1rem; display: flex; flex-wrap: wrap; gap: .5em; align-items: center;
  justify-content: flex-end; max-width: calc(100vw - 2rem); font: 500 14px/1.4 system-ui, sans-serif }
.descent-bar > * { padding: .5em 1em; border-radius: 8px; background: #fff; color: #1c2230; border: 1px solid #b9c0d0 }
.descent-bar > [hidden] { display: none }
.descent-bar > a { background: #2f4fb0; color: #fff; border-color: #2f4fb0; text-decoration: none }
.descent-bar button { font: inherit; color: #2f4fb0; background: none; border: 0; padding: 0; text-decoration: underline; cursor: pointer }
.descent-bar progress { width: 8em; vertical-align: middle }
`;
if (lang) start(words[lang]);

async function start(words) {
  const clock = h("span", { class: "descent-clock", role: "status", hidden: true });
  const said = h("span", { class: "descent-said", role: "status", hidden: true });
  const back = h("a", { href: `../../${lang}/${chapter}/${store.cameFrom(chapter) ?? "index.html"}` }, words.back);
  document.body.append(h("style", {}, STYLE), h("div", { class: "descent-bar", lang }, clock, said, back));

  const context = await opened(), cells = () => [...context.model.cells];
  const shipped = await shippedText(new URL(`../../notebooks/${path}`, location.href));
  const say = (...parts) => {
    said.replaceChildren(...parts);
    said.hidden = !parts.length;
  };
  const show = ({ taken, differ }) => {
    const parts = taken ? [fill(words.liteTaken, { n: taken })] : [];
    if (differ.length) {
      parts.push(` ${fill(words.liteDiffer, { n: differ.length })} `, button(words.liteTake, () => show(arrive(cells(), { chapter, shipped, all: true }))));
    }
    say(...parts);
  };
  show(arrive(cells(), { chapter, shipped }));
  store.onChange((key, value, elsewhere) => elsewhere && show(arrive(cells(), { chapter, shipped })));

  const keep = () => give(cells(), { chapter, shipped });
  context.saveState.connect((_, state) => state === "completed" && keep());
  back.addEventListener("click", async (event) => {
    event.preventDefault();
    keep();
    await context.save().catch(() => {});
    location.href = back.href;
  });
  watch(context.sessionContext, clock, words);
}

/** The notebook's context, once it is on the screen. */
async function opened() {
  for (;;) {
    const context = window.jupyterapp?.shell?.currentWidget?.context;
    if (context?.isReady && context.model?.cells) return context;
    await new Promise((go) => setTimeout(go, 200));
  }
}

/** While a slow cell runs: about how long it takes here, and how much of that is over. */
async function watch(session, clock, words) {
  const answer = await fetch("../times.json");
  const about = answer.ok ? (await answer.json())[chapter] ?? {} : {};
  const cellOf = new Map();
  let tick;
  const end = () => {
    clearInterval(tick);
    clock.hidden = true;
  };
  const begin = (seconds) => {
    const begun = Date.now(), bar = h("progress", { max: seconds, value: 0, "aria-label": words.liteRunning }), passed = h("span");
    clock.replaceChildren(`${fill(words.about, { n: Math.round(seconds) })} `, bar, passed);
    clock.hidden = false;
    tick = setInterval(() => {
      const gone = (Date.now() - begun) / 1000;
      bar.value = gone;
      passed.textContent = ` ${fill(words.elapsed, { n: Math.round(gone) })}`;
    }, 500);
  };
  const hear = (_, { msg, direction }) => {
    if (direction === "send" && msg.header.msg_type === "execute_request") cellOf.set(msg.header.msg_id, msg.metadata?.cellId);
    if (msg.header.msg_type !== "status") return;
    const seconds = about[cellOf.get(msg.parent_header?.msg_id)];
    end();
    if (msg.content.execution_state === "busy" && seconds >= LONG) begin(seconds);
  };
  let kernel;
  const follow = () => {
    if (session.session?.kernel === kernel) return;
    kernel = session.session?.kernel;
    kernel?.anyMessage.connect(hear);
  };
  session.kernelChanged.connect(follow);
  follow();
}
