"""How long a reader waits for a card in Chromium: make site-times, on a machine that does nothing else.

    python -m book.card_times SITE OUT.json [RUNS]

Cold: a browser that has never seen the site, from the click on Check to the card, Python's download from this machine
included. After an edit: the same with Python running. Median and range of RUNS (5) each are printed and written.
"""

import json
import os
import statistics
import sys
import threading
from pathlib import Path

from book.chromium import chromium
from book.serve import server

PAGE, BOX = "en/03_momentum/a.html", "#x-momentum_step"
BODY = "    velocity = momentum * velocity + grads  # {}\n    return params - lr * velocity, velocity\n"
WRITE = """([box, body]) => {
  const content = document.querySelector(box + ' .cm-content'), view = content.cmTile?.view ?? content.cmView.view;
  const text = view.state.doc.toString(), raises = text.indexOf('    raise NotImplementedError');
  const from = raises >= 0 ? raises : text.indexOf('    velocity = momentum');
  view.dispatch({changes: {from, to: text.length, insert: body}});
}"""
CHECK = """box => new Promise((done) => {
  const section = document.querySelector(box), begun = performance.now();
  section.addEventListener('descent:card',
    (event) => done([event.detail.state, (performance.now() - begun) / 1000]), { once: true });
  section.querySelector('button.check').click();
})"""


def seconds(page, number: int) -> float:
    """From the click to the card. Raises RuntimeError where the card is not the one of a right answer."""
    page.evaluate(WRITE, [BOX, BODY.format(number)])
    state, spent = page.evaluate(CHECK, BOX)
    if state != "passed":
        raise RuntimeError(f"{BOX}: the card says {state}")
    return spent


def measured(url: str, runs: int) -> dict[str, list[float]]:
    from playwright.sync_api import sync_playwright

    out = {"cold": [], "after an edit": []}
    with sync_playwright() as play:
        for _ in range(runs):  # a browser of its own each time: nothing is in any cache
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(url + PAGE)
            page.wait_for_function("window.descent")
            page.locator(BOX).scroll_into_view_if_needed()
            page.wait_for_selector(f"{BOX} .cm-content")
            out["cold"].append(seconds(page, 0))
            out["after an edit"] += [seconds(page, number) for number in range(1, 4)]
            browser.close()
    return out


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with server(sys.argv[1], 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        found = measured(f"http://127.0.0.1:{running.server_port}/", int((sys.argv[3:] or ["5"])[0]))
        running.shutdown()
    Path(sys.argv[2]).write_text(json.dumps(found) + "\n", encoding="utf-8")
    for what, all_of in found.items():
        print(
            f"{what}: {statistics.median(all_of):.2f} s ({min(all_of):.2f} to {max(all_of):.2f}, {len(all_of)} cards)"
        )
    print(f"load of this machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
