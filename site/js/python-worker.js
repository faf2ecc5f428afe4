// Python, away from the page, and stateless. In: {v, id, do: "check" | "attempt" | "run", ...}.
// Out: {is: "stage", name}, {is: "ready"} or {is: "died", why}; for each id {is: "begun"} and {is: "done", answer, seconds}.
const tell = (message) => postMessage({ v: 1, ...message });
const stage = (name) => tell({ is: "stage", name });
const root = new URLSearchParams(self.location.search).get("pyodide");

async function start() {
  stage("core");
  const { loadPyodide } = await import(root + "pyodide.mjs");
  const python = await loadPyodide({ indexURL: root });
  stage("numpy");
  await python.loadPackage(["numpy"], { messageCallback() {} });
  stage("course");
  const wheel = python.lockfile.packages["descent-course"].file_name; // without what its figures stand on
  const extractDir = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  python.unpackArchive(await (await fetch(root + wheel)).arrayBuffer(), "wheel", { extractDir });
  const page = python.pyimport("descent.page");
  tell({ is: "ready" });
  return { python, page };
}

const LATER = ["matplotlib", "mpl_toolkits", "PIL", "IPython", "descent-data"]; // loaded when a text first uses them
const started = start();
started.catch((error) => tell({ is: "died", why: String(error.message ?? error) }));

function ask(page, what, { name, source, test, points, lang }, cells) {
  const result =
    what === "check" ? page.check(name, source, cells, lang)
    : what === "attempt" ? page.attempt(name, source, test, points ?? undefined, cells, lang)
    : page.run(source, cells, lang);
  const answer = result.toJs({ dict_converter: Object.fromEntries });
  result.destroy();
  return answer;
}

onmessage = async ({ data: { id, do: what, cells, ...message } }) => {
  const { python, page } = await started;
  tell({ is: "begun", id });
  const before = performance.now(), given = python.toPy(cells);
  let answer, fatal = false;
  try {
    answer = ask(page, what, message, given);
    const later = answer.state === "package" && LATER.includes(answer.package);
    if (later) {
      stage("figures");
      await python.loadPackage(["matplotlib", "descent-data", ...(answer.package === "IPython" ? ["ipython"] : [])], { messageCallback() {} });
      tell({ is: "begun", id });
      answer = ask(page, what, message, given);
    }
    if (answer.state === "package" && later) answer = { ...answer, state: "noPackage", error: undefined, note: undefined, line: null }; // offline
    else if (answer.state === "package") answer.state = "error";
  } catch (error) { // not an error of the reader's text, which is an answer: Python itself has broken down
    fatal = true;
    answer = { state: "error", fatal, error: String(error.message).trim().split("\n").pop(), line: null, printed: "", shown: [] };
  }
  if (!fatal) given.destroy();
  tell({ is: "done", id, answer, fatal, seconds: (performance.now() - before) / 1000 });
};
