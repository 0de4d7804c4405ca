"""An OpenAI-compatible model server: exact in the protocol, strict in what it takes, and it reads its prompt.

Its model repeats the last word of the last message in capitals, where a system message asks for it, and says
the whole message back otherwise. A word is a token. `faults` are answered first, one each.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-known-to-nobody-else"
ALLOWED = {"model", "messages", "temperature", "top_p", "max_tokens", "stop", "seed", "stream"}
N_CONTEXT = 200


@dataclass
class ModelServer:
    """A running server: what it was asked, and what it is to answer before it behaves."""

    url: str = ""
    asked: list[dict] = field(default_factory=list)
    faults: list[tuple[int, dict, object]] = field(default_factory=list)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Serve on a port of its own while the block runs."""
    state = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(*(state.faults.pop(0) if state.faults else self.completion(body)))

        def completion(self, body: dict) -> tuple[int, dict, object]:
            if self.path != "/v1/chat/completions":
                return 404, {}, _error("no such endpoint")
            if self.headers["Authorization"] != f"Bearer {KEY}":
                return 401, {}, _error(f"Incorrect API key provided: {self.headers['Authorization']}")
            if body["model"] != "upstream-1" or body["stream"] is not False or set(body) - ALLOWED:
                return 400, {}, _error("unknown model or parameter")
            state.asked.append(body)
            n_prompt = sum(len(one["content"].split()) for one in body["messages"])
            if n_prompt > N_CONTEXT:
                return 400, {}, _error("too long", code="context_length_exceeded")
            return 200, {}, _completion(body, n_prompt)

        def answer(self, status: int, headers: dict, said: object) -> None:
            raw = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _completion(body: dict, n_prompt: int) -> dict:
    last = body["messages"][-1]["content"]
    is_told = body["messages"][0]["role"] == "system" and "capitals" in body["messages"][0]["content"]
    words = (last.split()[-1].upper() if is_told else last).split()
    kept = words[: body["max_tokens"]]
    message = {"role": "assistant", "content": " ".join(kept)}
    ending = "stop" if len(kept) == len(words) else "length"
    if "forbidden" in last:
        message, ending, kept = {"role": "assistant", "content": None}, "content_filter", []
    return {
        "id": "x",
        "object": "chat.completion",
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": ending}],
        "usage": {"prompt_tokens": n_prompt, "completion_tokens": len(kept)},
    }


def _error(message: str, code: str | None = None) -> dict:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}
