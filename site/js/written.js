// A written question: a box that keeps what is typed; it goes into the downloaded notebook.
import { h } from "./dom.js";
import * as store from "./store.js";

export function written(section, { words, page, key }) {
  const name = section.dataset.name;
  const box = h("textarea", { "aria-label": `${words.yours}: ${name}`, placeholder: words.keptHere, rows: 8 });
  box.value = store.read(key(name)).text ?? "";
  box.addEventListener("input", () => store.write(key(name), { text: box.value.trim() ? box.value : undefined }));
  section.prepend(box, h("p", { class: "note" }, section.querySelector(".answer") ? words.writtenNote : words.writtenNoteClass));
}
