// A written question: a box that keeps what is typed; it goes into the downloaded notebook.
import { fill, h } from "./dom.js";
import * as store from "./store.js";
import { otherTab } from "./tabs.js";

export function written(section, { words, page, key }) {
  const name = section.dataset.name;
  const box = h("textarea", { "aria-label": `${words.yours}: ${name}`, placeholder: words.keptHere, rows: 8 });
  const about = h("p", { class: "note" }, section.querySelector(".answer") ? words.writtenNote : words.writtenNoteClass);
  const tooLong = h("p", { class: "notice", role: "status", hidden: true });
  box.value = store.read(key(name)).text ?? "";
  box.addEventListener("input", () => {
    tooLong.hidden = box.value.length <= store.LONGEST;
    if (tooLong.hidden) store.write(key(name), { text: box.value.trim() ? box.value : undefined });
    else tooLong.textContent = fill(words.tooLong, { n: box.value.length.toLocaleString(page.lang) });
  });
  section.prepend(box, tooLong, about);
  otherTab({ words, key: key(name), section, place: about, same: (kept) => (kept.text ?? "") === box.value,
    take: (kept) => ((box.value = kept.text ?? ""), box.focus()) });
}
