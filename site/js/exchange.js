// Answers of the book and answers of a notebook that is open in JupyterLite. Both sides remember what they last agreed on
// (descent:agreed:03/momentum_step = hash): who has changed it since then is newer; where both have, nobody is overwritten.
import * as store from "./store.js";

const PREDICTION = /^(prediction_\w+) = (?:"([a-z])"|None)/;

/** {cell id: the text that was shipped} of a student's notebook. */
export async function shippedText(url) {
  const answer = await fetch(url);
  return answer.ok ? Object.fromEntries((await answer.json()).cells.map((cell) => [cell.id, whole(cell.source)])) : {};
}

const whole = (source) => (Array.isArray(source) ? source.join("") : source).replace(/\n$/, "");
const isAnswer = (cell) => Boolean((cell.getMetadata?.("nbgrader") ?? cell.metadata?.nbgrader)?.solution);
const nameOf = (cell) => (cell.getMetadata?.("nbgrader") ?? cell.metadata?.nbgrader)?.grade_id ?? cell.id;
const keyOf = (chapter, name) => `${chapter.slice(0, 2)}/${name}`;

/** What the book has for an answer cell, as the text of that cell; null where nothing was written there. */
export function written(name, key) {
  const kept = store.read(key);
  if (name.startsWith("prediction_")) return kept.first ? `${name} = "${kept.first}"` : null;
  return kept.text ? whole(kept.text) : null;
}

/** The book's answers go into the cells. all: also where the cell holds another text of the reader's. */
export function arrive(cells, { chapter, shipped, all = false }) {
  let taken = 0;
  const differ = [];
  for (const cell of cells.filter(isAnswer)) {
    const name = nameOf(cell), key = keyOf(chapter, name), theirs = written(name, key), here = whole(cell.sharedModel.getSource());
    if (theirs == null || theirs === here) {
      if (theirs != null) store.agree(key, here);
      continue;
    }
    const untouched = here === shipped[cell.id] || store.agreed(key, here);
    if (!untouched && !all) {
      if (!store.agreed(key, theirs)) differ.push(name); // else only this side has changed
      continue;
    }
    cell.sharedModel.setSource(theirs);
    store.agree(key, theirs);
    taken += 1;
  }
  return { taken, differ };
}

/** What was written in the cells goes into the book, unless it was changed there, too. */
export function give(cells, { chapter, shipped }) {
  let given = 0;
  for (const cell of cells.filter(isAnswer)) {
    const name = nameOf(cell), key = keyOf(chapter, name), theirs = written(name, key), here = whole(cell.sharedModel.getSource());
    if (here === shipped[cell.id] || here === theirs || here.length > store.LONGEST) continue;
    if (theirs != null && !store.agreed(key, theirs)) continue;
    const choice = PREDICTION.exec(here);
    if (name.startsWith("prediction_")) {
      if (theirs != null || !choice?.[2]) continue; // the first prediction counts
      store.write(key, { first: choice[2] });
    } else store.write(key, { text: here + "\n" });
    store.agree(key, here);
    given += 1;
  }
  return given;
}
