#!/usr/bin/env python3
"""Package sources that fail in a chosen way, on loopback addresses.

    fault_server.py [CERTIFICATES]
    fault_server.py --hosts          the names that daemons look up, as lines of /etc/hosts

Every mode has an address of its own (see MODES), so that a broken project asks for
`http://proxy.example.org/...` as usual, and the builder's `--add-host` decides how that
host behaves. Port 80 speaks HTTP, and is an HTTP proxy in mode `ok` (as is port 3128). Port 443 speaks TLS in the modes that have a certificate, is silent in
mode `hang`, and speaks plain HTTP in all others. In mode `full` the queue of waiting connections is full, so
that connecting times out; in mode `refused` nothing listens. What is served where nothing
fails is in package_sources.py. In mode `login` port 3128 is an HTTP proxy that wants LOGIN; mode `ssh` is like `ok`,
and record_machine.sh starts an SSH server on its port 22.

Run it in a network namespace of its own (machine.sh does), where these ports are free.
"""
import base64
import collections
import http.server
import pathlib
import socket
import ssl
import struct
import sys
import threading
import urllib.parse

import package_sources

# Mode -> the address that behaves so. New ones come at the end: recorded logs hold the addresses.
MODES = {
    mode: f"127.0.10.{number}"
    for number, mode in enumerate(
        ["ok", "tampered", "401", "403", "404", "410", "429", "500", "502", "503", "hang", "reset", "full", "refused",
         # The same as ok, but the archives break off, or are a web page.
         "truncated", "not-archive",
         # apt: signed with an unknown key, or past its date.
         "unsigned", "expired",
         # With a certificate that the images trust.
         "tls", "tls-401", "tls-403", "tls-404", "tls-429", "tls-500", "tls-503", "tls-reset",
         # With one that they must not trust.
         "tls-self-signed", "tls-expired", "tls-other-name",
         # Wants a user's name and password (LOGIN), over HTTP and TLS.
         "login", "tls-login",
         # Answers very slowly: a few bytes a second.
         "slow",
         # Closes the connection in the middle of every archive.
         "cut",
         # The list of a package is there, its archives are not.
         "no-archives",
         # Answers 503 to every other request for a path, so that whoever asks again is served.
         "flaky",
         # The same as ok; its port 22 is an SSH server.
         "ssh"],
        start=1,
    )
}
# Container registries that fail. Daemons ask them, not the steps of a build, so no --add-host reaches them: each has
# a name (registry-403.example.org for the mode tls-403) and an address of its own. Not a loopback one: Docker asks such without TLS.
REGISTRIES = {
    f"registry-{mode.removeprefix('tls-')}.example.org": (mode, f"192.0.2.{number}")
    for number, mode in enumerate(
        ["tls-401", "tls-403", "tls-404", "tls-429", "tls-500", "tls-503", "tls-reset", "tls-self-signed", "tls-expired",
         "tls-other-name", "hang", "full", "refused"],
        start=101,
    )
}
# A host that serves what ADD downloads; those that do not are the registries', called downloads-404.example.org and so on.
DOWNLOADS = "downloads.example.org"
LOGIN = "reader:open-sesame"
BASIC_LOGIN = "Basic " + base64.b64encode(LOGIN.encode()).decode()
PORTS = (80, 443)
PROXY_PORT = 3128
SILENT = ("full", "refused")
ARCHIVES = (".zip", ".tgz", ".whl", ".tar.gz", ".deb", ".jar", "/download")


def certificate_of(mode):
    """The name of the certificate with which a mode speaks TLS, or None."""
    if not mode.startswith("tls"):
        return None
    special = mode.removeprefix("tls-")
    return special if special in ("self-signed", "expired", "other-name") else "good"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self):
        self.mode = self.server.mode.removeprefix("tls-")
        if self.mode == "hang":
            threading.Event().wait()  # keep the connection open and say nothing
        super().handle()

    def stopped_by_proxy(self):
        """Whether this is a proxy that wants a login and was given none; it has said so then."""
        given = self.headers.get("Proxy-Authorization")
        if self.mode != "login" or not self.server.proxy or given == BASIC_LOGIN:
            return False
        self.fail(407, [("Proxy-Authenticate", 'Basic realm="Example"')])
        return True

    def do_GET(self):
        if self.server.proxy:
            if not self.stopped_by_proxy():
                self.serve()
        elif self.mode == "reset":
            self.break_off()
        elif self.mode.isdigit():
            self.fail(int(self.mode))
        elif self.mode == "flaky" and self.server.stumbles(self.path):
            self.fail(503)
        elif self.mode == "login" and self.headers.get("Authorization") != BASIC_LOGIN:
            self.fail(401, [("WWW-Authenticate", 'Basic realm="Example"')])
        else:
            self.serve()

    do_HEAD = do_GET

    def do_POST(self):
        # What is left unread would be taken for the next request of the connection (npm's audit sends a body).
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
        self.do_GET()

    do_PUT = do_POST

    def do_CONNECT(self):
        """A proxy for HTTPS: every host is the one of mode `tls`."""
        if self.stopped_by_proxy():
            return
        other = socket.create_connection((MODES["tls"], 443))
        self.send_response(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        threading.Thread(target=pump, args=(other, self.connection), daemon=True).start()
        pump(self.connection, other)
        self.close_connection = True

    def serve(self):
        if self.path.startswith("http://"):  # as a proxy is asked
            self.path = "/" + self.path.removeprefix("http://").partition("/")[2]
        path, _, query = self.path.partition("?")
        wanted = urllib.parse.unquote(path) + ("?go-get=1" if "go-get=1" in query else "")
        found = self.server.files.get(wanted)
        if found is None or (self.mode == "no-archives" and wanted.endswith(ARCHIVES)):
            self.answer(404, "text/plain; charset=utf-8", f"not found: {self.path}\n".encode())
        elif self.mode == "cut" and wanted.endswith(ARCHIVES):
            self.start(200, found[0], len(found[1]))
            self.wfile.write(found[1][: len(found[1]) // 2])
            self.wfile.flush()
            self.break_off()
        else:
            self.answer(200, *found)

    def fail(self, status, headers=()):
        body = f"<html><body><h1>{status}</h1></body></html>\n".encode()
        kind = "text/html"
        if status == 404:
            kind, body = "text/plain; charset=utf-8", b"not found: no such module or version\n"
        self.answer(status, kind, body, headers)

    def break_off(self):
        # Closing with a linger time of zero sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def start(self, status, kind, length, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status, kind, body, headers=()):
        self.start(status, kind, len(body), headers)
        if self.command == "HEAD":
            return
        if self.mode == "slow":
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                threading.Event().wait(2)
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass  # quiet: only the builds' output matters


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, mode, files, context):
        self.mode, self.files, self.context = mode, files, context
        self.proxy = address[1] == PROXY_PORT
        self.asked, self.lock = collections.Counter(), threading.Lock()
        super().__init__(address, Handler)

    def stumbles(self, path):
        """Whether this request for a path is an odd one: the first, the third, …"""
        with self.lock:
            self.asked[path] += 1
            return self.asked[path] % 2 == 1

    def finish_request(self, request, client_address):
        if self.context:
            request.settimeout(60)
            request = self.context.wrap_socket(request, server_side=True)  # in the connection's own thread
        super().finish_request(request, client_address)

    def handle_error(self, *_):
        pass  # clients give up on purpose here

    def shutdown_request(self, request):
        try:
            super().shutdown_request(request)
        except OSError:
            pass  # the reset mode has closed it already


def pump(source, sink):
    """Hands on what comes, until the source ends."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side is gone


def full_listener(address, port):
    """A listener that never accepts, and connections that fill its queue."""
    listener = socket.create_server((address, port), backlog=0)
    fillers = [socket.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex((address, port))
    return listener, fillers


def servers(certificates):
    for mode, address in [*MODES.items(), *REGISTRIES.values()]:
        if mode in SILENT:
            continue
        variant = mode if mode in ("tampered", "truncated", "not-archive", "unsigned", "expired") else "ok"
        files = package_sources.files(variant, certificates) | package_sources.kept(variant, certificates)
        for port in (*PORTS, PROXY_PORT) if mode in ("ok", "login") else PORTS:
            context = None
            name = certificate_of(mode)
            if name and port == 443:
                if not certificates:
                    continue
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificates / f"{name}.crt", certificates / f"{name}.key")
            yield Server((address, port), mode, files, context)


def main():
    if sys.argv[1:] == ["--hosts"]:
        print(MODES["tls"], DOWNLOADS)
        for name, (_, address) in REGISTRIES.items():
            print(address, name, name.replace("registry", "downloads"))
        return
    certificates = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if certificates and not (certificates / "good.crt").exists():
        certificates = None  # without TLS, then
    started = list(servers(certificates))
    addresses = [MODES["full"]] + [address for mode, address in REGISTRIES.values() if mode == "full"]
    full = [full_listener(address, port) for address in addresses for port in PORTS]  # kept open
    for server in started:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready:", len(started), "servers,", len(full), "full queues", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
