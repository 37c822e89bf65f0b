"""Receivers that work and that are dead in five ways, in a process of their own. Prints their addresses as JSON: the one that works,
then those of the dead. Ends with its standard input."""

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serving(answer):
    """An HTTP server that answers as it is told; returns its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            answer(self)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b".")
        handler.wfile.flush()
        time.sleep(1)


def flood(handler):
    handler.send_response(500)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def redirect(handler):
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.1:9/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def accept(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def main():
    # Bound, so that nobody else gets the port, and deaf.
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    refusing = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
    # Nobody ever takes its connections: the handshake succeeds and nothing follows.
    hole = socket.socket()
    hole.bind(("127.0.0.1", 0))
    hole.listen(1024)
    black_hole = f"http://127.0.0.1:{hole.getsockname()[1]}/"
    dead = [refusing, black_hole, serving(drip), serving(flood), serving(redirect)]
    print(json.dumps([serving(accept), dead]), flush=True)
    sys.stdin.read()


main()
