// Seconds of processor time that each cell of a chapter takes in the browser's Python.
// usage: node times.mjs PYODIDE CHAPTER.json OUT.json     (CHAPTER.json: the cells, as a page would send them)
import fs from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const [pyodide, chapter, out] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
await python.loadPackage(["descent-course"], { messageCallback() {} });
python.globals.set("chapter", fs.readFileSync(chapter, "utf8"));
const found = await python.runPythonAsync(`
import json
from contextlib import redirect_stdout
from js import process
from descent import page, say

def seconds():
    used = process.cpuUsage()
    return (used.user + used.system) / 1e6

def measured(cells):
    out, errors, space = {}, [], {"__name__": "__main__"}
    shown = page.Shown()
    say.set_display(shown.display)
    for cell in cells:
        before = seconds()
        try:
            with redirect_stdout(shown):
                page.execute(cell["source"], cell["id"], space)
        except Exception as error:
            errors.append(f"{cell['id']}: {type(error).__name__}: {error}")
        out[cell["id"]] = seconds() - before
    return {"seconds": out, "errors": errors}

json.dumps(measured(json.loads(chapter)))
`);
fs.writeFileSync(out, found);
