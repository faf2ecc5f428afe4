"""Serve the site on 127.0.0.1 like a static host: gzip for text and WebAssembly, an hour of caching.

python -m book.serve FOLDER PORT
"""

import functools
import gzip
import http.server
import sys
from pathlib import Path

COMPRESSED_SUFFIXES = (".html", ".js", ".mjs", ".css", ".json", ".wasm", ".svg", ".ipynb", ".txt")
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".ipynb": "application/json",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
}


@functools.cache
def compressed(path: str, modified: float) -> bytes:
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
        """Send the site's own 404 page, as a static host does."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        self.send_page(404, "text/html", page.read_bytes())

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not (
            path.is_file() and path.suffix in COMPRESSED_SUFFIXES and "gzip" in self.headers.get("Accept-Encoding", "")
        ):
            super().do_GET()
            return
        self.send_page(200, self.guess_type(str(path)), compressed(str(path), path.stat().st_mtime), encoding="gzip")

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
    """An HTTP server for `folder`, reachable only from this machine; port 0 picks a free port."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=folder))


def main() -> None:
    if len(sys.argv) != 3 or not (Path(sys.argv[1]) / "index.html").is_file():
        sys.exit(f"{' '.join(sys.argv[1:2]) or 'no folder'}: no site there; run make site first")
    with server(sys.argv[1], int(sys.argv[2])) as http_server:
        print(f"http://127.0.0.1:{http_server.server_port}/  (Ctrl-C ends it)")
        try:
            http_server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
