"""Show the site on 127.0.0.1 as a static host would: gzip for what compresses, an hour of cache.

python -m book.serve FOLDER PORT
"""

import functools
import gzip
import http.server
import sys
from pathlib import Path

PACKED = (".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".ipynb", ".txt")
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".ipynb": "application/json",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
}


@functools.cache
def packed(path: str, changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 6)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES

    def log_message(self, *arguments):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def send_error(self, code, message=None, explain=None):
        """The site's own page for a wrong address, as a static host sends it."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        self.send_page(404, "text/html", page.read_bytes())

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not (path.is_file() and path.suffix in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")):
            super().do_GET()
            return
        self.send_page(200, self.guess_type(str(path)), packed(str(path), path.stat().st_mtime), encoding="gzip")

    def send_page(self, status, kind, data, *, encoding=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def server(folder: str, port: int) -> http.server.ThreadingHTTPServer:
    """A server for `folder`; port 0 takes a free one. Only this machine can reach it."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=folder))


def main() -> None:
    if len(sys.argv) != 3 or not (Path(sys.argv[1]) / "index.html").is_file():
        sys.exit(f"{' '.join(sys.argv[1:2]) or 'no folder'}: no site there; run make site first")
    with server(sys.argv[1], int(sys.argv[2])) as running:
        print(f"http://127.0.0.1:{running.server_port}/  (Ctrl-C ends it)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
