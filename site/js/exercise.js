// An exercise: editor, Check, card with its ladder, hints and answer as buttons, Start again, a scratch pad for a case.
import { badLine, card } from "./card.js";
import { otherTab } from "./tabs.js";
import { button, code, fill, focusOn, h } from "./dom.js";
import * as store from "./store.js";

const RUNGS = 2;
const MOD = /Mac|iP/.test(navigator.platform) ? "Cmd" : "Ctrl"; // CodeMirror's "Mod"

export function exercise(section, book) {
  const { words, page, python } = book, name = section.dataset.name, how = section.dataset.check, key = book.key(name);
  const about = page.exercises.find((one) => one.name === name);
  const stubBlock = section.querySelector(":scope > div[class*=highlight-]");
  const stub = stubBlock.querySelector("pre").textContent.replace(/\n*$/, "\n");
  let editor, undo, busy = false, mounting, names;
  const text = () => editor?.text() ?? store.read(key).text ?? stub;

  // ---- the bar below the editor
  const keys = h("span", { class: "keys", id: `k-${name}` }, how === "none" ? words.keptHere : fill(words.keys, { mod: MOD }));
  const check = how === "none" ? null : button(words.check, () => doCheck(), { class: "check" });
  const said = h("span", { class: "said", "aria-live": "polite" }, how === "none" ? whyNot() : null);
  const tryIt = button(words.tryIt, () => mount().then(() => scratch(example()), () => book.note(words.noEditor)), { class: "quiet try-it" });
  const reset = button(words.reset, () => startAgain(), { class: "quiet reset" });
  const out = h("div", { class: "x-card", role: "region", "aria-label": `${words.check} ${name}` });
  stubBlock.after(h("div", { class: "x-bar" }, check, said, earlierButton(), tryIt, reset, keys), out);
  helpRow();
  stubBlock.querySelector("pre").tabIndex = 0;

  function startAgain() {
    if (undo != null) {
      editor.set(undo);
      undo = null;
      reset.textContent = words.reset;
    } else {
      undo = text();
      mount().then(() => editor.set(stub), () => {});
      store.write(key, { text: undefined });
      out.replaceChildren();
      reset.textContent = words.undo;
    }
  }

  /** The calls of the stub's docstring, to begin with. */
  function example() {
    const lines = stub.split("\n").map((one) => /^\s*(?:>>>|\.\.\.) ?(.*)$/.exec(one)?.[1]).filter((one) => one != null);
    return lines.join("\n") || `${name}()`;
  }

  /** Why no button is here, and the way to where the answer is checked. */
  function whyNot() {
    const call = page.calls[name], link = document.querySelector("[data-lite]");
    if (!call) return words.noCheck;
    return [code(fill(words.noCheckHere, { call: `\`${call}\`` })), " ",
      link ? h("a", { href: link.href, onclick: () => store.goFrom(page.chapter, `${page.place}.html#x-${name}`) }, words.liteMine) : null];
  }

  /** The same exercise may stand in an earlier chapter: its answer can be taken over. */
  function earlierButton() {
    if (store.read(key).text) return null;
    const other = store.keys().find((one) => one !== key && one.endsWith(`/${name}`) && store.read(one).good);
    return other && button(fill(words.useEarlier, { n: other.slice(0, 2) }), (event) => {
      mount().then(() => {
        editor.set(store.read(other).good);
        editor.focus(); // the button is gone then
        event.target.remove();
      }, () => book.note(words.noEditor));
    }, { class: "quiet" });
  }

  /** Hints and the answer become buttons in one row; what they open stands below it, so that no button moves away. */
  function helpRow() {
    section.classList.add("live");
    const row = h("div", { class: "help-row" });
    [...section.querySelectorAll(":scope > details")].forEach((fold, index) => {
      fold.id = `${name}-help-${index}`;
      const opener = button(fold.querySelector("summary").textContent.trim(), () => (fold.open = !fold.open), {
        class: "quiet", "aria-expanded": "false", "aria-controls": fold.id,
      });
      fold.addEventListener("toggle", () => {
        opener.setAttribute("aria-expanded", String(fold.open));
        fold.classList.toggle("shown", fold.open);
      });
      if (index === 0) fold.before(row);
      row.append(opener);
    });
  }

  // ---- the editor takes the stub's place when the exercise comes near
  function mount(focus) {
    mounting ??= (async () => {
      const create = await book.editor();
      const hadFocus = stubBlock.contains(document.activeElement);
      const place = h("div", { class: "editor" });
      editor = create({
        parent: place, doc: store.read(key).text ?? stub, label: `${words.editor} ${name}`, describedBy: keys.id,
        onCheck: () => check && doCheck(), onChange: keep, given,
      });
      stubBlock.replaceWith(place);
      if (hadFocus) editor.focus();
    })();
    return mounting.then(() => focus && editor.focus(), (error) => {
      mounting = null; // the stub stays, to be read
      throw error;
    });
  }
  /** What the editor can propose: what is given before this exercise, and the functions of earlier ones. */
  function given() {
    return names ??= book.before(name).flatMap((cell) => {
      const made = window.DescentEditor.madeBy(cell.source).filter(({ label }) => !label.startsWith("prediction_"));
      if (cell.kind !== "answer" || cell.mine === "passed") return made;
      const shown = made.filter(({ label }) => label === cell.id); // the rest of an answer is not for those who have not solved it
      return shown.length ? shown : [{ label: cell.id, type: "function" }];
    });
  }
  /** Without a click: where it fails it is tried again when the browser is online. */
  const tryToMount = (focus) => mount(focus).catch(() => addEventListener("online", () => tryToMount(focus), { once: true }));
  function keep(now) {
    if (now.length <= store.LONGEST) store.write(key, { text: now === stub ? undefined : now });
    if (undo != null && now !== stub) {
      undo = null;
      reset.textContent = words.reset;
    }
  }
  stubBlock.addEventListener("click", () => tryToMount(true));
  stubBlock.addEventListener("focusin", () => tryToMount()); // with Tab one is faster than the observer
  new IntersectionObserver((entries, observer) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      observer.disconnect();
      tryToMount();
    }
  }, { rootMargin: "400px" }).observe(section);

  // ---- checking
  async function doCheck() {
    if (busy) return;
    busy = true;
    check.setAttribute("aria-disabled", "true");
    performance.mark("check");
    const mounted = await mount().then(() => true, () => false);
    const source = text();
    const answer = !mounted ? { state: "noEditor" } : source.length > store.LONGEST ? { state: "tooLong", length: source.length }
      : !source.trim() ? { state: "empty" } : await ask(source);
    busy = false;
    check.removeAttribute("aria-disabled");
    check.textContent = words.again;
    remember(source, answer);
    show(answer);
    said.className = "said sr";
    said.textContent = out.querySelector(".card-title span:nth-child(2)").textContent;
    performance.mark("card");
    section.dispatchEvent(new CustomEvent("descent:card", { bubbles: true, detail: answer }));
  }

  function ask(source) {
    const message = { name, source, cells: book.before(name), lang: page.lang };
    if (how === "card") return python.call("check", message);
    return python.call("attempt", { ...message, test: page.tests[name], points: how === "points" ? about.points : null });
  }

  function remember(source, answer) {
    if (answer.state === "passed") {
      const own = (answer.borrowed ?? []).length === 0;
      store.write(key, { text: source, good: source, passed: { text: store.hash(source), points: own }, borrowed: undefined });
    }
    if (answer.card?.attempt) { // the ladder counts different attempts at the same mistake, one after the other
      const last = store.read(key).wrong, as = answer.card.counts_as;
      const attempts = as != null && last?.as === as ? last.attempts : [];
      if (!attempts.includes(answer.card.attempt)) store.write(key, { wrong: { as, attempts: [...attempts, answer.card.attempt] } });
    }
  }

  function show(answer) {
    const hadFocus = out.contains(document.activeElement);
    const kept = store.read(key), next = book.nextOpen(name);
    const open = Math.min(RUNGS, Math.max((kept.wrong?.attempts.length ?? 1) - 1, kept.opened ?? 0));
    out.replaceChildren(card(answer, {
      words, lang: page.lang, open, name, next,
      onGoto: () => book.goto(answer.needs),
      onBorrow: book.lends(answer.needs) && (() => {
        store.write(book.key(answer.needs), { borrowed: true });
        doCheck();
      }),
      onLadder: () => {
        store.write(key, { opened: open + 1 });
        show(answer);
        focusOn([...out.querySelectorAll(".ladder p")].pop());
      },
      onTry: scratch,
      onNext: () => book.goto(next),
    }));
    out.scrollIntoView({ block: "nearest" });
    editor?.mark(badLine(answer));
    if (hadFocus) check.focus(); // the button that was pressed is gone with the old card
  }

  /** A pad for calls of one's own, or for a failing case: it runs together with the reader's text. */
  async function scratch(source) {
    const old = section.querySelector(".scratch"), opener = document.activeElement;
    old?.remove();
    const place = h("div", { class: "editor" }), result = h("div", { class: "result", "aria-live": "polite" });
    let pad;
    const go = async () => {
      const cells = [...book.before(name), { id: name, kind: "given", source: text() }];
      const answer = await python.call("run", { source: pad.text(), cells, lang: page.lang });
      const printed = answer.printed || (answer.state === "ran" && words.nothing);
      result.replaceChildren(...(printed ? [h("pre", { tabindex: "0" }, printed)] : []), ...(answer.state === "ran" ? [] : book.trouble(answer)));
    };
    const close = () => {
      out.parentElement.querySelector(".scratch").remove();
      (opener.isConnected && opener.matches("button") ? opener : editor).focus();
    };
    out.after(h("div", { class: "scratch" }, h("p", { class: "label" }, words.scratch), place,
      h("p", { class: "buttons" }, button(words.run, go), button(words.close, close, { class: "quiet" })), result));
    const create = await book.editor();
    pad = create({ parent: place, doc: source.trimEnd() + "\n", label: words.scratch, describedBy: keys.id, onCheck: go, given, numbers: false });
    pad.focus();
    section.querySelector(".scratch").scrollIntoView({ block: "nearest" }); // the editor takes the focus without scrolling
    go();
  }

  // ---- the same exercise in another tab
  otherTab({ words, key, section, place: out, same: (kept) => !editor || (kept.text ?? stub) === editor.text(),
    take: (kept) => (editor.set(kept.text ?? stub), editor.focus()) });

  return {
    focus: () => tryToMount(true),
    onPython(state, { stage }) {
      if (!busy) return;
      if (state === "loading") {
        const stages = ["core", "numpy", "course"], index = stages.indexOf(stage);
        said.className = "said";
        said.replaceChildren(h("progress", { max: 3, value: index + 0.5, "aria-label": words.loading }),
          ` ${words.loading}: ${words.stage[stage]} (${index + 1}/3)`);
      } else if (state === "busy") {
        said.className = "said";
        said.textContent = words.checking;
      }
    },
  };
}
