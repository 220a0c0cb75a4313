"""Takes out of a recorded log what belongs to the machine it was recorded on.

The names of the package registries in use are asked from the tools at run time; none
is written here. Each becomes a host below example.org.
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import urllib.parse

URL = re.compile(r"https?://[^\s'\"|,]+")


def ask(*command):
    """What a tool prints about its settings, or nothing if it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def hosts_in(text):
    return {urllib.parse.urlsplit(url).hostname or "" for url in URL.findall(text)}


def read_all(*patterns):
    return "\n".join(p.read_text(errors="replace") for pattern in patterns
                     for p in pathlib.Path("/").glob(pattern) if p.is_file())


def registry_hosts():
    """Host -> the host below example.org that stands for it."""
    go = json.loads(ask("go", "env", "-json", "GOPROXY", "GOSUMDB") or "{}")
    pip = "import pip._internal.models.index as i; print(i.PyPI.url, i.PyPI.file_storage_domain)"
    pip_text = ask("python3", "-c", pip)
    cargo_home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo")).lstrip("/")
    found = {
        "proxy.example.org": hosts_in(go.get("GOPROXY", "")),
        "sum.example.org": set(re.findall(r"[\w-]+(?:\.[\w-]+)+", go.get("GOSUMDB", ""))),
        "deb.example.org": hosts_in(read_all("etc/apt/sources.list", "etc/apt/sources.list.d/*")),
        "registry.example.org": hosts_in(ask("npm", "config", "get", "registry")),
        "pypi.example.org": hosts_in(pip_text + ask("python3", "-m", "pip", "config", "list")) | set(pip_text.split()[1:]),
        "crates.example.org": hosts_in(read_all(f"{cargo_home}/config.toml", f"{cargo_home}/config")),
    }
    return {host: name for name, hosts in found.items() for host in hosts if host and not host.endswith("example.org")}


class Scrubber:
    def __init__(self, work):
        self.paths = [os.path.realpath(work), str(work)]
        self.hosts = registry_hosts() | {socket.gethostname(): "builder"}
        self.private = [str(pathlib.Path(__file__).resolve().parents[2]), os.path.realpath(tempfile.gettempdir()) + "/tmp."]

    def private_in(self, record, slot):
        """What is private in a build record (bytes, uncompressed), which must be kept as it is."""
        cache = os.environ.get("WHYFAIL_REC_CACHE", "/var/cache/whyfail-rec")
        home = os.path.expanduser("~") + "/"
        texts = [*self.paths, str(slot), *self.hosts, *self.private, cache, home, ask("go", "env", "GOPATH").strip()]
        return [text for text in texts if text and text.encode() in record]

    def __call__(self, log, slot):
        """Returns the log (bytes) as it may be kept; raises if something private is left. `slot` is the folder of the job."""
        for path in [os.path.realpath(slot), str(slot), *self.paths]:
            log = log.replace(path.encode(), b"/tmp/build")
        for host, name in self.hosts.items():
            log = re.sub(rb"(?<![\w.-])" + re.escape(host.encode()) + rb"(?![\w-])", name.encode(), log)
        # npm names the site of its registry where it speaks of lost passwords.
        log = re.sub(rb"https://www\.\w+\.com(?=/forgot\b)", b"https://www.example.org", log)
        left = [text for text in self.private if text.encode() in log]
        left += re.findall(rb"https?://[^/\s]*@\S+", log)
        if left:
            raise ValueError(f"private texts are left in the log: {left}")
        return log
