// The same answer in another tab: neither text overwrites the other unseen.
import { button, h } from "./dom.js";
import * as store from "./store.js";

/** When another tab changes `key`, say so before `place` and offer that text. same(kept), take(kept): about what is shown here.
    take also moves the keyboard there, since the button goes with its notice. */
export function otherTab({ words, key, section, place, same, take }) {
  store.onChange((changed, kept, elsewhere) => {
    if (!elsewhere || changed !== key || same(kept)) return;
    section.querySelector(":scope > .notice.tab")?.remove();
    const notice = h("p", { class: "notice tab", role: "status" }, words.otherTab + " ", button(words.takeOther, () => {
      take(store.read(key));
      notice.remove();
    }, { class: "link" }));
    place.before(notice);
  });
}
