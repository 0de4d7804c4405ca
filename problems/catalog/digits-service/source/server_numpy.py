"""One matrix product for each picture."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

weights = np.array(json.loads(Path("weights.json").read_text()), dtype=np.float32)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet: two small ones would wait for one another

    def do_POST(self):
        pixels = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["pixels"]
        picture = np.append(np.array(pixels, dtype=np.float32) / 255, 1)
        label = int(np.argmax(weights @ picture))
        body = json.dumps({"label": label}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
