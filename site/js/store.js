// What a reader wrote and passed, in this browser. One key for each exercise, so that two tabs never overwrite each other:
//   descent:2:03/momentum_step = {text, good, passed: {text: <hash>, points}, wrong: [<attempt>], opened, borrowed, first, at}
// The number in the key is the format. An older one is converted when it is read, and never deleted: a reader who
// goes back to an older copy of the site finds what they left. Version 1 (a prototype) had no chapter in its keys.
export const FORMAT = 2;
const PREFIX = `descent:${FORMAT}:`;
const FIRST_CHAPTER = {}; // filled by the page: exercise -> chapter, to convert version 1
export const LONGEST = 100_000; // characters of a text that is checked and kept; a pasted file is neither
export const state = { works: true };
const listeners = new Set();

export const hash = (text) => {
  let sum = 5381;
  for (const character of text.replace(/\s+$/gm, "")) sum = ((sum * 33) ^ character.codePointAt(0)) >>> 0;
  return sum.toString(36);
};

export function read(key) {
  if (memory.has(key)) return memory.get(key); // newer than what the storage still has
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)) ?? {};
  } catch {
    return {};
  }
}

const memory = new Map(); // where storage is full or forbidden, for as long as the page is open
export const unsaved = () => memory.size > 0;

export function write(key, change) {
  const value = { ...read(key), at: new Date().toISOString().slice(0, 19), ...change };
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
    memory.delete(key);
    state.works = !unsaved();
  } catch {
    memory.set(key, value);
    state.works = false;
  }
  for (const tell of listeners) tell(key, value, false);
}

export function onChange(listener) {
  listeners.add(listener);
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX)) {
      const key = event.key.slice(PREFIX.length);
      listener(key, read(key), true);
    }
  });
}

export function keys() {
  try {
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    return [...new Set([...kept, ...memory.keys()])];
  } catch {
    return [...memory.keys()];
  }
}

/** Everything of the course that this browser keeps, but for the language of the pages. */
export function forget() {
  memory.clear();
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("descent:") && key !== "descent:lang") localStorage.removeItem(key);
  } catch { /* it has kept nothing */ }
}

export const exported = () => ({
  format: "descent-progress",
  version: FORMAT,
  saved: new Date().toISOString(),
  items: Object.fromEntries(keys().map((key) => [key, read(key)])),
});

/** Names of exercises by chapter: version 1 kept "momentum_step" where version 2 keeps "03/momentum_step". */
export function learnChapters(course) {
  for (const { chapter, exercises } of course) for (const { name } of exercises) FIRST_CHAPTER[name] ??= chapter.slice(0, 2);
}

export function migrated(version, items) {
  if (version >= 2) return items;
  return Object.fromEntries(
    Object.entries(items).map(([name, value]) => [name.includes("/") ? name : `${FIRST_CHAPTER[name] ?? "00"}/${name}`, value]),
  );
}

/** Take over a file's items; what is newer here stays. Returns {taken, damaged}, or a word for what is wrong with the file. */
export function load(file) {
  const items = file?.items;
  if (file?.format !== "descent-progress" || !isObject(items) || !Number.isInteger(file.version)) return "bad";
  if (file.version > FORMAT) return "newer";
  return merge(migrated(file.version, items));
}

/** An item keeps its time, so that a file that travels back does not overwrite what was written since. */
function merge(items) {
  const found = { taken: 0, damaged: 0 };
  for (const [key, value] of Object.entries(items)) {
    if (!KEY.test(key) || !isObject(value) || Object.entries(value).some(([name, part]) => KNOWN[name] && !KNOWN[name](part))) found.damaged += 1;
    else if (!(read(key).at >= value.at)) {
      write(key, Object.fromEntries(Object.entries(value).filter(([name]) => KNOWN[name])));
      found.taken += 1;
    }
  }
  return found;
}

const KEY = /^\d\d\/[\w-]+$/;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
/** What an item may hold, and of which kind: a file may have been damaged, or edited by hand. */
const KNOWN = {
  text: isText, good: isText, borrowed: isFlag, quiz: Number.isInteger, opened: Number.isInteger,
  passed: (value) => isObject(value) && isText(value.text) && (value.points === undefined || isFlag(value.points)),
  wrong: (value) => isObject(value) && Array.isArray(value.attempts) && value.attempts.every(isText),
  first: (value) => isText(value) && /^[a-z]$/.test(value),
  at: (value) => isText(value) && /^\d{4}-\d\d-\d\dT[\d:]{8}$/.test(value),
};

/** Once in a browser: what an older copy of the site has left. */
export function migrateOld() {
  try {
    const old = Object.keys(localStorage).filter((key) => key.startsWith("descent:1:"));
    if (!old.length || localStorage.getItem("descent:migrated")) return;
    merge(migrated(1, Object.fromEntries(old.map((key) => [key.slice(10), JSON.parse(localStorage.getItem(key))]))));
    localStorage.setItem("descent:migrated", String(FORMAT));
  } catch {
    state.works = false;
  }
}

/** The text of an answer that the book and JupyterLite last had in common. */
export function agree(key, text) {
  set(`descent:agreed:${key}`, hash(text));
}
export const agreed = (key, text) => get(`descent:agreed:${key}`) === hash(text);

/** The page of a chapter from which one went to JupyterLite. */
export function goFrom(chapter, page) {
  set(`descent:from:${chapter}`, page);
}
export const cameFrom = (chapter) => /^\w+\.html(#[\w-]+)?$/.exec(get(`descent:from:${chapter}`) ?? "")?.[0];

/** The page where one was last, in either language, and the language that was chosen by hand. */
export const visit = (page) => set("descent:last", page);
export const lastVisit = () => /^(\w+)\/(\w+)\.html(#[\w-]+)?$/.exec(get("descent:last") ?? "");
export const chooseLanguage = (lang) => set("descent:lang", lang);

function set(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    state.works = false;
  }
}
function get(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function probe() {
  try {
    localStorage.setItem("descent:probe", "1");
    localStorage.removeItem("descent:probe");
  } catch {
    state.works = false;
  }
}
