// In JupyterLite: the way back to the chapter of the book that the open notebook belongs to.
const path = new URLSearchParams(location.search).get("path") ?? "";
const [, lang, chapter] = /^(en|zh)\/(\w+)\.ipynb$/.exec(path) ?? [];
if (lang) {
  const link = document.createElement("a");
  link.href = `../../${lang}/${chapter}/index.html`;
  link.textContent = lang === "zh" ? "← 回到书中" : "← Back to the book";
  link.style.cssText = "position:fixed;z-index:1000;right:1rem;bottom:1rem;padding:.5em 1em;border-radius:8px;"
    + "background:#2f4fb0;color:#fff;font:500 14px/1.3 system-ui,sans-serif;text-decoration:none";
  document.body.append(link);
}
