"""Draw docs/site-card.png and docs/site-card.zh.png, the pictures in the READMEs: the card of a typical mistake.

PYTHONPATH=site .venv/bin/python -m book.card_picture      # after make site; commit the pictures
"""

import threading

from PIL import Image

from book.card_times import BOX, PAGE, WRITE
from book.chromium import chromium
from book.pages import LANGUAGES
from book.serve import server
from book.texts import SITE

MISTAKE = "    new = momentum * velocity + grads\n    return params - lr * velocity, new\n"
CHECK = """box => new Promise((done) => {
  const section = document.querySelector(box);
  section.addEventListener('descent:card', (event) => done(event.detail.state), { once: true });
  section.querySelector('button.check').click();
})"""


def draw(page, url: str, lang: str) -> None:
    page.goto(url + PAGE.replace("en/", f"{lang}/"))
    page.wait_for_function("window.descent")
    page.locator(BOX).scroll_into_view_if_needed()
    page.wait_for_selector(f"{BOX} .cm-content")
    page.evaluate(WRITE, [BOX, MISTAKE])
    if page.evaluate(CHECK, BOX) != "failed":
        raise RuntimeError(f"{lang}: the mistake was not found")
    while page.locator(f"{BOX} .ladder button").count():
        page.locator(f"{BOX} .ladder button").click()
    page.evaluate("document.activeElement.blur()")
    picture = SITE.parent / "docs" / f"site-card{'' if lang == 'en' else f'.{lang}'}.png"
    page.locator(f"{BOX} .card").screenshot(path=picture)
    # 128 colours: a third of the file size.
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


def main() -> None:
    from playwright.sync_api import sync_playwright

    with server(str(SITE.parent / "build" / "site"), 0) as http_server, sync_playwright() as play:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for lang in LANGUAGES:  # a new browser context for each: a page restores what was written in it
            page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
            page.set_default_timeout(120_000)
            draw(page, f"http://127.0.0.1:{http_server.server_port}/", lang)
        browser.close()
        http_server.shutdown()


if __name__ == "__main__":
    main()
