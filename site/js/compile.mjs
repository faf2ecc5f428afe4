// Byte code for every wheel and the standard library, made by the Python that will run it; it halves the start.
// usage: node compile.mjs PYODIDE SOURCE TARGET     (TARGET: the archives of SOURCE, with the byte code beside each source)
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const [pyodide, source, target] = process.argv.slice(2).map((folder) => resolve(folder));
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
for (const [place, root] of [["/source", source], ["/target", target]]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
await python.runPythonAsync(`
import importlib._bootstrap_external as bootstrap, importlib.util, os, zipfile

def byte_code(source, name):
    code = compile(source, name, "exec", dont_inherit=True)
    return bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(source), False)

def convert(file):
    with zipfile.ZipFile(f"/source/{file}") as old, zipfile.ZipFile(f"/target/{file}", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for info in old.infolist():
            if info.is_dir():
                continue
            data, name = old.read(info), info.filename
            new.writestr(name, data)
            if name.endswith(".py") and "/tests/" not in name:
                try:
                    new.writestr(name + "c", byte_code(data, name))
                except SyntaxError:
                    pass  # templates that only look like Python

for file in os.listdir("/source"):
    convert(file)
`);
