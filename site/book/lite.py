"""Build JupyterLite for whole chapters, with the Pyodide that the pages use; it loads nothing from another host.

It holds the students' notebooks, which each page links. An edition with answers also holds the solutions, so that
lend("momentum_step") finds them as it does on disk; a class edition holds none.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book import times
from book.pages import LANGUAGES, chapters_of

PAGE_CONFIG = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Descent",
        "exposeAppInBrowser": True,
        "settingsOverrides": {
            "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}  # dark if the system is, like the book
        },
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "pyodideUrl": "./../pyodide/pyodide.mjs",
                "disablePyPIFallback": True,
            }
        },
    },
}


# A Chinese chapter opens in a Chinese JupyterLab (language pack in requirements-site.txt), unless the reader has chosen a
# language in its menu.
CONFIG = "const config = await jupyterConfigData();\n"
IN_CHINESE = (
    CONFIG
    + """  if (/^zh\\//.test(new URLSearchParams(window.location.search).get('path') ?? '')) {
    config.settingsOverrides = {
      ...config.settingsOverrides,
      '@jupyterlab/translation-extension:plugin': { locale: 'zh_CN' },
    };
  }
"""
)


def write_contents(course: Path, folder: Path, *, class_edition: bool) -> None:
    """Copy the notebooks into FOLDER/LANG and, unless for a class, the solutions into FOLDER/solutions."""
    for lang in LANGUAGES:
        (folder / lang).mkdir(parents=True)
        for chapter in chapters_of(course):
            shutil.copy(course / "notebooks" / lang / chapter / f"{chapter}.ipynb", folder / lang)
            if not class_edition:
                target = folder / "solutions" / lang / chapter
                target.mkdir(parents=True)
                notebook = json.loads(
                    (course / "solutions" / lang / chapter / f"{chapter}.ipynb").read_text(encoding="utf-8")
                )
                for cell in notebook["cells"]:
                    if cell["cell_type"] == "code":
                        cell["outputs"] = []  # lend() reads only the code; the book shows the figures
                (target / f"{chapter}.ipynb").write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


def patch_locale(config_script: Path) -> None:
    text = config_script.read_text(encoding="utf-8")
    if text.count(CONFIG) != 1:
        raise RuntimeError(f"{config_script}: this version of JupyterLite puts its settings together in another way")
    config_script.write_text(text.replace(CONFIG, IN_CHINESE), encoding="utf-8")


def build(course: Path, out: Path, script: Path, *, class_edition: bool) -> None:
    """Write OUT/lite; OUT/pyodide must exist. `script` (site/js/lite.js, bundled) is added to JupyterLite's pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_contents(course, folder / "content", class_edition=class_edition)
        (folder / "jupyter-lite.json").write_text(json.dumps(PAGE_CONFIG), encoding="utf-8")
        settings = {
            "LiteBuildConfig": {
                "contents": ["content"],
                "output_dir": str(out / "lite"),
                "no_sourcemaps": True,
                "apps": ["lab", "notebooks"],
            }
        }
        (folder / "jupyter_lite_config.json").write_text(json.dumps(settings), encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"JupyterLite could not be built:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    patch_locale(out / "lite" / "config-utils.js")
    shutil.copy(script, out / "lite")
    seconds = {
        folder: {cell_id: alone for cell_id, (alone, _) in times.seconds(course, folder).items()}
        for folder in chapters_of(course)
    }
    (out / "lite" / "times.json").write_text(json.dumps(seconds), encoding="utf-8")
    for app in ("lab", "notebooks"):
        page = out / "lite" / app / "index.html"
        html = page.read_text(encoding="utf-8")
        page.write_text(html.replace("</body>", '<script defer src="../lite.js"></script></body>'), encoding="utf-8")
