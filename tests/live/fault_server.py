#!/usr/bin/env python3
"""Package sources that fail in a chosen way, on loopback addresses.

Every mode has an address of its own (see MODES), so that a broken project asks for
`http://proxy.example.org/...` as usual, and the builder's `--add-host` decides how that
host behaves. Port 80 speaks HTTP; port 443 speaks the same plain HTTP, or is silent in
mode `hang`. In mode `full` the queue of waiting connections is full, so that connecting times
out; in mode `refused` nothing listens. The tiny packages in ok_files() are answered in the modes `ok` and `tampered`.

Run it in a network namespace of its own (machine.sh does), where these ports are free.
"""
import http.server
import io
import socket
import struct
import sys
import threading
import zipfile

# Mode -> the address that behaves so.
MODES = {
    mode: f"127.0.10.{number}"
    for number, mode in enumerate(
        ["ok", "tampered", "401", "403", "404", "410", "429", "500", "502", "503", "hang", "reset", "full", "refused"], start=1
    )
}
PORTS = (80, 443)

MODULE, VERSION = "example.com/greet", "v1.2.0"


def module_files(tampered):
    """The files of the only Go module here; the tampered one differs in a word."""
    word = "Goodbye" if tampered else "Hello"
    return {
        "go.mod": f"module {MODULE}\n\ngo 1.18\n",
        "greet.go": f'// Package greet greets.\npackage greet\n\n// Text greets name.\nfunc Text(name string) string {{ return "{word}, " + name }}\n',
    }


def module_zip(tampered):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in module_files(tampered).items():
            archive.writestr(zipfile.ZipInfo(f"{MODULE}@{VERSION}/{name}", (2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def ok_files(tampered):
    """Path -> (content type, body) of everything that exists."""
    base = f"/{MODULE}/@v/{VERSION}"
    info = f'{{"Version":"{VERSION}","Time":"2024-01-01T00:00:00Z"}}'
    return {
        f"/{MODULE}/@v/list": ("text/plain", VERSION.encode()),
        f"/{MODULE}/@latest": ("application/json", info.encode()),
        f"{base}.info": ("application/json", info.encode()),
        f"{base}.mod": ("text/plain", module_files(tampered)["go.mod"].encode()),
        f"{base}.zip": ("application/zip", module_zip(tampered)),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self):
        self.mode = mode_of(self.connection)
        if self.mode == "hang":
            threading.Event().wait()  # keep the connection open and say nothing
        super().handle()

    def do_GET(self):
        if self.mode == "reset":
            # Closing with a linger time of zero sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif self.mode in ("ok", "tampered"):
            found = ok_files(self.mode == "tampered").get(self.path)
            if found:
                self.answer(200, *found)
            else:
                self.answer(404, "text/plain; charset=utf-8", f"not found: {self.path}\n".encode())
        elif self.mode == "404":
            self.answer(404, "text/plain; charset=utf-8", b"not found: no such module or version\n")
        else:
            status = int(self.mode)
            self.answer(status, "text/html", f"<html><body><h1>{status}</h1></body></html>\n".encode())

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # quiet: only the builds' output matters


def mode_of(connection):
    address = connection.getsockname()[0]
    return next(mode for mode, other in MODES.items() if other == address)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients give up on purpose here

    def shutdown_request(self, request):
        try:
            super().shutdown_request(request)
        except OSError:
            pass  # the reset mode has closed it already


def full_listener(address, port):
    """A listener that never accepts, and connections that fill its queue."""
    listener = socket.create_server((address, port), backlog=0)
    fillers = [socket.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex((address, port))
    return listener, fillers


def main():
    serving = [address for mode, address in MODES.items() if mode not in ("full", "refused")]
    servers = [Server((address, port), Handler) for address in serving for port in PORTS]
    full = [full_listener(MODES["full"], port) for port in PORTS]  # kept open
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready:", len(servers), "servers,", len(full), "full queues", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
