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

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not (path.is_file() and path.suffix in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")):
            super().do_GET()
            return
        data = packed(str(path), path.stat().st_mtime)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
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
