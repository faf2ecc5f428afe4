// The tools of a page: the language switch keeps the place, the notebook comes with the reader's answers; tooltips.
import { button, fill, h, save } from "./dom.js";
import { written } from "./exchange.js";
import * as store from "./store.js";

/** Both languages have the same ids: go to the one that is at the top of the window. The choice holds for the first page, too. */
export function languageSwitch() {
  for (const link of document.querySelectorAll("[data-switch]")) {
    link.addEventListener("click", () => {
      const here = place();
      if (here) link.hash = here.id;
      store.chooseLanguage(link.lang.slice(0, 2));
    });
  }
}

function place() {
  const marks = [...document.querySelectorAll('article [id^="c-"], article section.exercise, article fieldset.predict')];
  const shown = marks.filter((mark) => mark.getClientRects().length);  // what waits for a prediction has no place
  return shown.filter((mark) => mark.getBoundingClientRect().top < 120).pop();
}

/** Keep the place that a link led to: editors and explorers above it still grow. Whatever the reader does ends it. */
export function stay(target, milliseconds = 3000) {
  if (!target) return;
  const go = () => target.scrollIntoView({ behavior: "instant" }), watch = new ResizeObserver(go);
  const end = () => watch.disconnect();
  for (const event of ["wheel", "pointerdown", "keydown", "touchstart"]) addEventListener(event, end, { once: true, passive: true });
  watch.observe(document.querySelector("article"));
  setTimeout(end, milliseconds);
  go();
}

/** The student's notebook with what was written here, in the cells where it belongs; it grades the same. */
export function withAnswers(notebook, key) {
  for (const cell of notebook.cells) {
    const about = cell.metadata.nbgrader, name = about?.grade_id ?? cell.id;
    if (about?.solution) cell.source = written(name, key(name)) ?? cell.source;
  }
  return notebook;
}

export function download({ words, page, key, note }) {
  const link = document.querySelector("[data-download]");
  if (!link || location.protocol === "file:") return;
  link.textContent = words.downloadMine;
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const notebook = await fetch(link.href).then((answer) => answer.json()).catch(() => null);
    if (!notebook) return note(words.noNotebook);
    save(new Blob([JSON.stringify(withAnswers(notebook, key), null, 1)], { type: "application/json" }), `${page.chapter}.ipynb`);
  });
}

/** JupyterLite takes the answers along and knows the way back to this place. */
export function toLite({ words, page }) {
  const link = document.querySelector("[data-lite]");
  if (!link || location.protocol === "file:") return;
  link.textContent = words.liteMine;
  link.addEventListener("click", () => {
    const here = place();
    store.goFrom(page.chapter, `${page.place}.html${here ? `#${here.id}` : ""}`);
  });
}

/** A sitting is remembered with the place in it; the landing page leads back there. */
export function goOn({ words, page }) {
  if (page.chapter) {
    const leave = () => {
      const here = scrollY > 200 && place();
      if (document.hidden) store.visit(`${page.chapter}/${page.place}.html${here ? `#${here.id}` : ""}`);
    };
    return addEventListener("visibilitychange", leave);
  }
  const start = document.querySelector(".landing .button.first"), last = store.lastVisit(), title = page.titles?.[last?.[1]]?.[last?.[2]];
  if (!start || !title) return;
  start.classList.remove("first");
  start.nextElementSibling?.remove(); // "Try one exercise first" is for those who have not
  start.before(h("a", { class: "button first", href: last[0] }, fill(words.goOn, { title })), " ");
}

/** Code can be copied; an answer cannot, it is to be written. */
export function copyButtons({ words, note }) {
  if (!navigator.clipboard) return;
  for (const block of document.querySelectorAll("article .cell div.highlight-python .highlight, .landing pre")) {
    const text = (block.querySelector("pre") ?? block).textContent;
    const copy = button(words.copy, () => navigator.clipboard.writeText(text).then(() => {
      copy.textContent = words.copied;
      setTimeout(() => (copy.textContent = words.copy), 1500);
    }, () => note(words.noCopy)), { class: "copy" });
    const box = h("div", { class: "copied" });
    block.before(box);
    box.append(block, copy);
  }
}

/** On a narrow screen the side bars are drawers. Their labels become buttons, which the keyboard reaches; Escape closes a drawer. */
export function drawers() {
  for (const toggle of document.querySelectorAll(".sidebar-toggle")) {
    const drawer = document.querySelector(toggle.id === "__toc" ? ".toc-drawer" : ".sidebar-drawer");
    let opener; // the button that was pressed last
    const set = (open) => {
      toggle.checked = open;
      toggle.dispatchEvent(new Event("change"));
    };
    const openers = [...document.querySelectorAll(`label[for="${toggle.id}"]:not(.overlay)`)].map((label) => {
      const one = button("", () => {
        opener = one;
        set(!toggle.checked);
        if (toggle.checked) [...drawer.querySelectorAll("a[href]")].find((link) => link.checkVisibility())?.focus(); // furo hides the first of a page's contents
      }, { class: label.className, "aria-label": toggle.getAttribute("aria-label"), "aria-expanded": "false" });
      one.append(...label.childNodes);
      label.replaceWith(one);
      return one;
    });
    toggle.addEventListener("change", () => openers.forEach((one) => one.setAttribute("aria-expanded", String(toggle.checked))));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !toggle.checked) return;
      set(false);
      opener?.focus();
    });
    drawer.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && toggle.checked && !drawer.contains(relatedTarget) && set(false));
    drawer.addEventListener("click", (event) => event.target.closest('a[href^="#"]') && toggle.checked && set(false)); // its target is behind it
  }
}

/** What a term of the glossary means, beside it; the link itself leads to the glossary. */
export function tooltips() {
  let tip;
  const hide = () => {
    tip?.remove();
    tip = null;
  };
  const show = (term) => {
    hide();
    tip = h("div", { class: "term-tip", role: "tooltip", id: "term-tip" }, term.dataset.meaning);
    document.body.append(tip);
    const box = term.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8)) + scrollX}px`;
    tip.style.top = `${box.bottom + scrollY + 6}px`;
    term.setAttribute("aria-describedby", "term-tip");
  };
  for (const term of document.querySelectorAll("a.term")) {
    for (const event of ["mouseenter", "focus"]) term.addEventListener(event, () => show(term));
    for (const event of ["mouseleave", "blur"]) term.addEventListener(event, hide);
  }
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}

/** A button that shows a figure at its full size, to be scrolled: on a narrow screen the text in it is too small. */
export function larger(image, words) {
  const show = () => {
    const width = image.naturalWidth ? image.naturalWidth / 2 : 700; // figures are drawn for two pixels a point
    const copy = h("img", { src: image.currentSrc || image.src, alt: image.alt, class: image.className, style: `width: max(${width}px, 100%)` });
    const close = button(words.close, () => dialog.close());
    const dialog = h("dialog", { class: "large", "aria-label": words.enlarge }, close, h("div", { class: "scrolls", tabindex: "0", autofocus: true }, copy));
    dialog.addEventListener("close", () => dialog.remove());
    document.querySelector("article").append(dialog);
    dialog.showModal(); // Escape closes it, and the keyboard comes back to the button
  };
  image.addEventListener("click", () => opener.checkVisibility() && show());
  const opener = button(words.enlarge, show, { class: "quiet enlarge" });
  return opener;
}

export function figures({ words }) {
  for (const image of document.querySelectorAll("article img.descent-figure")) image.after(larger(image, words));
}

/** Sphinx's results: "Further" alone could be of any chapter, and a formula would be in an excerpt three times. */
export function searchResults({ course }) {
  const list = document.getElementById("search-results");
  if (!list || typeof Search === "undefined") return; // Search is Sphinx's own
  const plain = Search.htmlToText;
  Search.htmlToText = (html, anchor) => plain(html.replace(/<span class="katex-mathml">.*?<\/math><\/span>/gs, ""), anchor);
  const titled = new Set();
  new MutationObserver(() => {
    for (const link of list.querySelectorAll("li > a")) {
      const folder = /([^/]+)\/[^/]+\.html/.exec(link.getAttribute("href"))?.[1];
      const chapter = course.find((one) => one.chapter === folder);
      if (titled.has(link) || !chapter) continue;
      titled.add(link);
      if (!link.textContent.startsWith(chapter.title)) link.after(h("span", { class: "chapter-of" }, ` · ${chapter.title}`));
    }
  }).observe(list, { childList: true, subtree: true });
}

/** What scrolls sideways can be reached with the keyboard; also what was hidden or folded when the page opened. */
export function scrollable() {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    }
  });
  for (const box of document.querySelectorAll("article :is(pre, .table-wrapper, .formula)")) observer.observe(box);
}
