"""A voice gateway as a process of its own: takes signed orders, refuses others, and tells at once,
signed, how each call goes, by the last digit of the number. Prints its port; what it was asked it
shows under GET /. `python -m tests.support.voice_gateway SECRET`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

import httpx

from xiuhua.city.alerts.voice import SIGNATURE, genuine, signed

STORIES = {
    "1": [("ringing", ""), ("answered", ""), ("pressed", "1"), ("hung-up", "")],
    "2": [("ringing", ""), ("no-answer", "")],
    "3": [("busy", "")],
    "4": [("ringing", ""), ("answered", ""), ("pressed", "9"), ("hung-up", "")],
    "5": [("ringing", ""), ("ringing", ""), ("answered", ""), ("pressed", "1"), ("pressed", "1")],
    "6": [],
}
"""What becomes of a call to a number that ends so; 0 is a number that is not taken."""

SECRET = sys.argv[1] if len(sys.argv) > 1 else ""
asked: list[dict[str, str]] = []
lock = Lock()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not genuine(body, self.headers.get(SIGNATURE, ""), [SECRET], datetime.now(UTC)):
            return self.answer(401)
        order = json.loads(body)
        if order["do"] == "nothing":
            return self.answer(200)
        with lock:
            asked.append(order)
        if order["to"].endswith("0"):
            return self.answer(503)
        for state, key in STORIES[order["to"][-1]]:
            told = json.dumps({"id": order["id"], "state": state, "key": key}).encode()
            mac = signed(told, SECRET, datetime.now(UTC))
            httpx.post(order["callback"], content=told, headers={SIGNATURE: mac}, timeout=30)
        return self.answer(202)

    def do_GET(self) -> None:
        with lock:
            self.answer(200, json.dumps(asked).encode())

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
