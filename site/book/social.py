"""Draw site/static/social.png, the picture that messengers show beside a link to the site.

PYTHONPATH=site .venv/bin/python -m book.social      # after make .venv/.browser; commit the picture
"""

from book import valley
from book.chromium import chromium
from book.texts import SITE, TEXTS

PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face {{ font-family: Inter; src: url({fonts}/inter/files/inter-latin-wght-normal.woff2); font-weight: 100 900 }}
body {{ margin: 0; width: 1200px; height: 630px; background: #fff; color: #1c1e21; font-family: Inter, "Noto Sans CJK SC", sans-serif }}
h1 {{ font-size: 66px; line-height: 1.08; letter-spacing: -.03em; margin: 48px 64px 0 }}
p {{ font-size: 30px; line-height: 1.4; margin: 14px 64px 0; color: #595d63 }}
svg {{ display: block; width: 1072px; height: 300px; margin: 30px 64px 0; background: #f7f7f5; border-radius: 12px }}
ellipse {{ fill: none; stroke: #dfe0dd; stroke-width: 1.5 }} .way {{ fill: none; stroke: currentColor; stroke-width: 2.4 }}
.stop {{ fill: currentColor }} .ball {{ display: none }} .plain {{ color: #d55e00 }} .heavy {{ color: #0072b2 }}
</style><h1>{en}</h1><p>{zh}</p>{picture}"""


def main() -> None:
    from playwright.sync_api import sync_playwright

    fonts = SITE.parent / ".venv-site" / "node_modules" / "@fontsource-variable"
    titles = {lang: TEXTS[lang]["courseTitle"] for lang in TEXTS}
    html = PAGE.format(**titles, picture=valley.picture(""), fonts=fonts.as_uri())
    page_file = SITE / "static" / "social.html"
    page_file.write_text(html, encoding="utf-8")  # a page of about:blank may not load fonts from files
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1200, "height": 630})
            page.goto(page_file.as_uri())
            page.wait_for_timeout(500)
            page.screenshot(path=SITE / "static" / "social.png")
            browser.close()
    finally:
        page_file.unlink()


if __name__ == "__main__":
    main()
