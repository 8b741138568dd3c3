"""A thing to fetch, and a server on this machine that serves it well, badly or not at all."""

from __future__ import annotations

import contextlib
import hashlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from ftlearn import assets

BODY = bytes(range(256)) * 1200  # 300 kB: several chunks
NAME, PATH = "thing", "things/thing.bin"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        kind = self.path.strip("/")
        if kind.isdigit():
            self.send_error(int(kind))
            return
        body = BODY[::-1] if kind == "wrong" else BODY
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            if kind == "truncated":
                self.wfile.write(body[:100_000])
            elif kind == "slow":
                self.wfile.write(body[:100_000])
                self.wfile.flush()
                self.server.let_go.wait(20)
            else:
                self.wfile.write(body)

    def log_message(self, *args):
        pass


def make(*addresses: str, path: str = PATH) -> assets.Asset:
    digest = hashlib.sha256(BODY).hexdigest()
    return assets.Asset(
        path=path, size=len(BODY), sha256=digest, licence="MIT", what="A thing", credit="Us", addresses=addresses
    )


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def place(folder: Path, body: bytes = BODY, *, path: str = PATH) -> Path:
    path = folder / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path
