// Small helpers. Text only: nothing that a card or a run says is ever parsed as HTML.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null));
  return element;
}

/** Text with `code` between backquotes, as nodes. */
export const code = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

/** "{n} of {all}" with values put in. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

/** What kept Python from starting, for the reader: browsers say it in English, with an address in it. */
export const reason = (words, why = "") =>
  /fetch|import|network|load/i.test(why) || (why === "worker" && !navigator.onLine) ? words.notLoaded : why === "worker" ? words.noWorker : why;

/** What Python says of an error. A caret shows a place in the line above it, so those lines scroll and never wrap. */
export function errorText(text) {
  const lines = text.split("\n"), at = lines.findIndex((line) => /^\s*\^$/.test(line));
  if (at < 0) return [h("pre", { tabindex: "0" }, text)];
  const caret = h("span", {}, "^"), exact = h("pre", { tabindex: "0", class: "exact" }, lines.slice(0, at).join("\n") + "\n", lines[at].slice(0, -1), caret);
  new ResizeObserver((_, observer) => { // once it is laid out: the caret in view
    observer.disconnect();
    exact.scrollLeft = caret.offsetLeft + caret.offsetWidth - exact.clientWidth * 0.8;
  }).observe(exact);
  return [exact, h("pre", { tabindex: "0" }, lines.slice(at + 1).join("\n"))];
}

export const button = (label, onclick, more = {}) => h("button", { type: "button", ...more, onclick }, label);

/** The keyboard goes on from what a button has brought, since the button itself is gone. */
export function focusOn(element) {
  if (!element) return;
  element.tabIndex = -1;
  element.focus();
}

export const script = (src) =>
  new Promise((resolve, reject) => {
    const element = h("script", { src });
    element.onload = resolve;
    element.onerror = () => {
      element.remove();
      reject(new Error(src));
    };
    document.head.append(element);
  });

export function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
