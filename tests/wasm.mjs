// Every key, and every check of a list, in Pyodide: 32 bits, no threads. usage: node wasm.mjs PYODIDE JOBS.json OUT.json
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, jobs, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
await python.loadPackage(["descent-course"], { messageCallback() {} });
python.globals.set("jobs", fs.readFileSync(jobs, "utf8"));
const answers = await python.runPythonAsync(`
import json
from descent import page
from descent.exercises import find, table, visible_cases
from descent.keys import load

def key_of(name):
    topic, exercise = find(name)
    try:
        load(exercise, topic, visible_cases(exercise))
    except LookupError as error:
        return str(error)

json.dumps({
    "keys": {name: trouble for name in table() if (trouble := key_of(name))},
    "answers": [page.check(job["name"], job["source"], job["cells"], job["lang"]) for job in json.loads(jobs)],
})
`);
fs.writeFileSync(out, answers);
