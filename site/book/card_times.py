"""Measure how long a reader waits for a card in Chromium: make site-times, on a machine that does nothing else.

    python -m book.card_times SITE OUT.json [RUNS]

Cold: from the click on Check to the card in a browser without a cache, so it includes the download of Python from this
machine. After an edit: the same while Python is running. RUNS (default 5) browsers are measured: all times are written to
OUT.json; median and range are printed.
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


def seconds_to_card(page, number: int) -> float:
    """Seconds from the click to the card. Raises RuntimeError unless the card is that of a right answer."""
    page.evaluate(WRITE, [BOX, BODY.format(number)])
    state, elapsed = page.evaluate(CHECK, BOX)
    if state != "passed":
        raise RuntimeError(f"{BOX}: the card says {state}")
    return elapsed


def measured(url: str, runs: int) -> dict[str, list[float]]:
    from playwright.sync_api import sync_playwright

    timings = {"cold": [], "after an edit": []}
    with sync_playwright() as play:
        for _ in range(runs):  # a new browser each time, so that every cache is empty
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(url + PAGE)
            page.wait_for_function("window.descent")
            page.locator(BOX).scroll_into_view_if_needed()
            page.wait_for_selector(f"{BOX} .cm-content")
            timings["cold"].append(seconds_to_card(page, 0))
            timings["after an edit"] += [seconds_to_card(page, number) for number in range(1, 4)]
            browser.close()
    return timings


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with server(sys.argv[1], 0) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        timings = measured(f"http://127.0.0.1:{http_server.server_port}/", int((sys.argv[3:] or ["5"])[0]))
        http_server.shutdown()
    Path(sys.argv[2]).write_text(json.dumps(timings) + "\n", encoding="utf-8")
    for label, values in timings.items():
        print(
            f"{label}: {statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f}, {len(values)} cards)"
        )
    print(f"load of this machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
