"""The same without NumPy."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

weights = json.loads(Path("weights.json").read_text())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        pixels = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["pixels"]
        scores = [sum(w * p for w, p in zip(row, pixels, strict=False)) / 255 + row[-1] for row in weights]
        label = scores.index(max(scores))
        body = json.dumps({"label": label}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
