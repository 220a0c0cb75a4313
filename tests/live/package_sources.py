"""What the fault server serves where nothing is broken: one tiny package, `greet` 1.2.0, for every package manager.

`files(variant)` gives path -> (content type, body); the variants are `ok`, `tampered` (other bytes than were
promised), `truncated` (archives that break off), `not-archive` (a web page in place of an archive), `unsigned`
(apt: signed with a key that nobody has) and `expired` (apt: lists that are past their date).
"""
import base64
import functools
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import time
import zipfile

MODULE, VERSION = "example.com/greet", "v1.2.0"
NAME, PLAIN_VERSION = "greet", "1.2.0"
EPOCH = 1704067200  # 2024-01-01, the date of everything in here


def files(variant, keys):
    """Path -> (content type, body). `keys` is the folder of the signing keys, or None."""
    found = {}
    for source in (go_proxy, npm_registry, pip_index, cargo_index, maven_repository):
        found.update(source(variant))
    if keys and (keys / "gnupg").is_dir():
        found.update(apt_repository(variant, keys))
    found.update(git_repositories())
    return found


@functools.cache
def kept(variant, keys):
    """What was taken from real package sources when the images were made (images.sh): the files of a Maven
    repository, served as they are."""
    folder = keys.parent / "maven-repository" if keys else None
    if variant != "ok" or not folder or not folder.is_dir():
        return {}
    return {"/maven2/" + file.relative_to(folder).as_posix(): ("application/octet-stream", file.read_bytes())
            for file in folder.rglob("*") if file.is_file()}


@functools.cache
def kept_debs(keys):
    """The real Debian packages that were kept when the images were made: (entry of the list, path, bytes) of each."""
    found = []
    for file in sorted((keys.parent / "debs").glob("*.deb")):
        body = file.read_bytes()
        control = subprocess.run(["dpkg-deb", "--field", str(file)], capture_output=True, text=True, check=True).stdout
        path = f"pool/main/kept/{file.name.replace('%3a', '_')}"
        found.append((control + f"Filename: {path}\nSize: {len(body)}\nSHA256: {hashlib.sha256(body).hexdigest()}\n\n", path, body))
    return found


def archive(variant, body):
    """An archive as the variant hands it out."""
    if variant == "truncated":
        return body[: len(body) // 2]
    return b"<html><body>Please sign in.</body></html>\n" if variant == "not-archive" else body


def word(variant):
    return "Goodbye" if variant == "tampered" else "Hello"


# --- Go: the module proxy, and the page that leads to the repository ---------------------------

def module_files(variant):
    return {
        "go.mod": f"module {MODULE}\n\ngo 1.18\n",
        "greet.go": f'// Package greet greets.\npackage greet\n\n// Text greets name.\nfunc Text(name string) string {{ return "{word(variant)}, " + name }}\n',
    }


def module_zip(variant):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in module_files(variant).items():
            made.writestr(zipfile.ZipInfo(f"{MODULE}@{VERSION}/{name}", (2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def go_proxy(variant):
    base = f"/{MODULE}/@v/{VERSION}"
    info = f'{{"Version":"{VERSION}","Time":"2024-01-01T00:00:00Z"}}'
    page = f'<html><head><meta name="go-import" content="{MODULE} git https://example.com/greet.git"></head></html>\n'
    return {
        f"/{MODULE}/@v/list": ("text/plain", VERSION.encode()),
        f"/{MODULE}/@latest": ("application/json", info.encode()),
        f"{base}.info": ("application/json", info.encode()),
        f"{base}.mod": ("text/plain", module_files(variant)["go.mod"].encode()),
        f"{base}.zip": ("application/zip", archive(variant, module_zip(variant))),
        "/greet?go-get=1": ("text/html", page.encode()),
    }


# --- npm ----------------------------------------------------------------------------------------

def tar_gz(entries):
    """A .tar.gz of name -> text, always with the same bytes; a name that ends in a slash is a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, text in entries.items():
            data = text if isinstance(text, bytes) else text.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), EPOCH, 0o644
            if name.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            made.addfile(entry, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=EPOCH)


def npm_registry(variant):
    def package(which):
        manifest = {"name": NAME, "version": PLAIN_VERSION, "main": "index.js"}
        return tar_gz({"package/package.json": json.dumps(manifest),
                       "package/index.js": f'module.exports = (name) => "{word(which)}, " + name;\n'})

    good = package("ok")
    host = "http://registry.example.org"
    versions = {PLAIN_VERSION: {
        "name": NAME, "version": PLAIN_VERSION, "main": "index.js",
        "dist": {"tarball": f"{host}/{NAME}/-/{NAME}-{PLAIN_VERSION}.tgz", "shasum": hashlib.sha1(good).hexdigest(),
                 "integrity": "sha512-" + base64.b64encode(hashlib.sha512(good).digest()).decode()}}}
    packument = {"name": NAME, "dist-tags": {"latest": PLAIN_VERSION}, "versions": versions,
                 "time": {"created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z", PLAIN_VERSION: "2024-01-01T00:00:00.000Z"}}
    return {
        f"/{NAME}": ("application/json", json.dumps(packument).encode()),
        f"/{NAME}/-/{NAME}-{PLAIN_VERSION}.tgz": ("application/octet-stream", archive(variant, package(variant))),
    }


# --- pip ----------------------------------------------------------------------------------------

def pip_index(variant):
    def wheel(which):
        info = f"{NAME}-{PLAIN_VERSION}.dist-info"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
            for name, text in {
                f"{NAME}.py": f'def text(name):\n    return "{word(which)}, " + name\n',
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {PLAIN_VERSION}\n",
                f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: greet\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{info}/RECORD": f"{NAME}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
            }.items():
                made.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text)
        return buffer.getvalue()

    file = f"{NAME}-{PLAIN_VERSION}-py3-none-any.whl"
    link = f'<a href="/packages/{file}#sha256={hashlib.sha256(wheel("ok")).hexdigest()}">{file}</a>'
    page = f"<!DOCTYPE html><html><body>{link}</body></html>\n".encode()
    # A package that has to be compiled, and one whose wheels are for another Python only.
    source = tar_gz({f"wave-{PLAIN_VERSION}/setup.py": WAVE_SETUP, f"wave-{PLAIN_VERSION}/wave.c": WAVE_SOURCE,
                     f"wave-{PLAIN_VERSION}/PKG-INFO": f"Metadata-Version: 2.1\nName: wave\nVersion: {PLAIN_VERSION}\n"})
    return {
        f"/simple/{NAME}/": ("text/html", page),
        f"/packages/{file}": ("application/octet-stream", archive(variant, wheel(variant))),
        "/simple/wave/": ("text/html", f'<a href="/packages/wave-{PLAIN_VERSION}.tar.gz">wave-{PLAIN_VERSION}.tar.gz</a>\n'.encode()),
        f"/packages/wave-{PLAIN_VERSION}.tar.gz": ("application/gzip", archive(variant, source)),
        "/simple/oldwheel/": ("text/html", f'<a href="/packages/oldwheel-{PLAIN_VERSION}-cp27-cp27m-manylinux1_x86_64.whl" data-requires-python="&lt;3">oldwheel-{PLAIN_VERSION}-cp27-cp27m-manylinux1_x86_64.whl</a>\n'.encode()),
    }


WAVE_SETUP = f"""from setuptools import Extension, setup
setup(name="wave", version="{PLAIN_VERSION}", ext_modules=[Extension("wave", ["wave.c"])])
"""
WAVE_SOURCE = """#include <Python.h>
static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "wave", NULL, -1, NULL };
PyMODINIT_FUNC PyInit_wave(void) { return PyModule_Create(&module); }
"""


# --- Cargo: a sparse index ----------------------------------------------------------------------

def cargo_index(variant):
    def crate(which):
        folder = f"{NAME}-{PLAIN_VERSION}"
        return tar_gz({f"{folder}/Cargo.toml": f'[package]\nname = "{NAME}"\nversion = "{PLAIN_VERSION}"\nedition = "2021"\n',
                       f"{folder}/src/lib.rs": f'/// Greets.\npub fn text(name: &str) -> String {{\n    format!("{word(which)}, {{name}}")\n}}\n'})

    line = {"name": NAME, "vers": PLAIN_VERSION, "deps": [], "cksum": hashlib.sha256(crate("ok")).hexdigest(), "features": {}, "yanked": False}
    found = {
        "/index/config.json": ("application/json", json.dumps({"dl": "http://crates.example.org/crates"}).encode()),
        f"/index/gr/ee/{NAME}": ("text/plain", json.dumps(line).encode() + b"\n"),
        f"/crates/{NAME}/{PLAIN_VERSION}/download": ("application/gzip", archive(variant, crate(variant))),
    }
    # A crate with a feature, whose newest version asks for a Rust that is not out yet.
    lines = []
    for version, rust in (("1.4.0", "1.70"), ("1.5.0", "1.199")):
        body = tar_gz({f"ledger-{version}/Cargo.toml": f'[package]\nname = "ledger"\nversion = "{version}"\nedition = "2021"\nrust-version = "{rust}"\n\n[features]\ncsv = []\n',
                       f"ledger-{version}/src/lib.rs": "/// Adds up.\npub fn sum(entries: &[i64]) -> i64 {\n    entries.iter().sum()\n}\n"})
        lines.append(json.dumps({"name": "ledger", "vers": version, "deps": [], "cksum": hashlib.sha256(body).hexdigest(), "features": {"csv": []},
                                 "yanked": False, "rust_version": rust}))
        found[f"/crates/ledger/{version}/download"] = ("application/gzip", archive(variant, body))
    found["/index/le/dg/ledger"] = ("text/plain", "\n".join(lines).encode() + b"\n")
    return found


# --- Maven --------------------------------------------------------------------------------------

def maven_repository(variant):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF", (2024, 1, 1, 0, 0, 0)), "Manifest-Version: 1.0\n")
    pom = (f"<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId><artifactId>{NAME}</artifactId>"
           f"<version>{PLAIN_VERSION}</version></project>\n").encode()
    base = f"/maven2/com/example/{NAME}/{PLAIN_VERSION}/{NAME}-{PLAIN_VERSION}"
    found = {}
    for ending, body in ((".pom", pom), (".jar", buffer.getvalue())):
        found[base + ending] = ("application/octet-stream", archive(variant, body) if ending == ".jar" else body)
        digest = hashlib.sha1(body + (b"x" if variant == "tampered" else b"")).hexdigest()
        found[base + ending + ".sha1"] = ("text/plain", digest.encode())
    return found


# --- apt ----------------------------------------------------------------------------------------

def deb(name, which):
    """A Debian package: an ar archive of two tar files."""
    control = f"Package: {name}\nVersion: {PLAIN_VERSION}\nArchitecture: all\nMaintainer: Example <greet@example.org>\nDescription: greets\n"
    members = [("debian-binary", b"2.0\n"), ("control.tar.gz", tar_gz({"./control": control})),
               ("data.tar.gz", tar_gz({"./": "", "./usr/": "", "./usr/share/": "", f"./usr/share/{name}/": "", f"./usr/share/{name}/words": word(which) + "\n"}))]
    body = b"!<arch>\n"
    for member, data in members:
        body += f"{member:<16}{EPOCH:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return body, control


def apt_repository(variant, keys):
    good, control = deb(NAME, "ok")
    body, _ = deb(NAME, variant)
    path = f"pool/main/g/{NAME}/{NAME}_{PLAIN_VERSION}_all.deb"
    packages = (control + f"Filename: {path}\nSize: {len(good)}\nSHA256: {hashlib.sha256(good).hexdigest()}\n\n").encode()
    debs = kept_debs(keys) if variant == "ok" else []
    packages += "".join(entry for entry, _, _ in debs).encode()
    lists = {"main/binary-amd64/Packages": packages, "main/binary-amd64/Packages.gz": gzip.compress(packages, mtime=EPOCH)}
    date = "%a, %d %b %Y %H:%M:%S UTC"
    release = ["Origin: Example", "Suite: stable", "Codename: bookworm", "Architectures: amd64 all", "Components: main"]
    if variant == "expired":
        release += ["Date: Wed, 01 Jan 2020 00:00:00 UTC", "Valid-Until: Wed, 08 Jan 2020 00:00:00 UTC"]
    else:
        release.append("Date: " + time.strftime(date, time.gmtime(time.time() - 3600)))
    release += ["SHA256:"] + [f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}" for name, data in lists.items()]
    text = "\n".join(release) + "\n"
    key = "stranger@example.org" if variant == "unsigned" else "archive@example.org"
    base = "/debian/dists/bookworm"
    found = {f"{base}/InRelease": ("text/plain", sign(text, key, keys)),
             f"/debian/{path}": ("application/octet-stream", archive(variant, body))}
    for _, kept_path, kept_body in debs:
        found["/debian/" + kept_path] = ("application/octet-stream", kept_body)
    for name, data in lists.items():
        found[f"{base}/{name}"] = ("application/octet-stream", data)
    return found


@functools.cache
def sign(text, key, keys):
    gpg = ["gpg", "--homedir", str(keys / "gnupg"), "--batch", "--local-user", key, "--clearsign"]
    return subprocess.run(gpg, input=text.encode(), capture_output=True, check=True).stdout


# --- Git, over plain HTTP -----------------------------------------------------------------------

@functools.cache
def git_repositories():
    """greet, a repository with one commit and the tag v1.2.0, and shop, which has it as a submodule over SSH; in the form
    that needs no program on the server."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        date = f"{EPOCH} +0000"
        env = {"PATH": os.environ["PATH"], "HOME": folder, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_NOSYSTEM": "1"}
        run = functools.partial(subprocess.run, check=True, env=env, capture_output=True)
        git = ["git", "-c", "user.name=Example", "-c", "user.email=greet@example.org"]

        def bare(name, texts, link=()):
            """Makes a bare repository NAME.git of these files; returns the hash of its commit."""
            work, made = pathlib.Path(folder) / name, pathlib.Path(folder) / f"{name}.git"
            work.mkdir()
            for file, text in texts.items():
                (work / file).write_text(text)
            run(git + ["init", "-q", "-b", "main"], cwd=work)
            run(git + ["add", "-A"], cwd=work)
            if link:
                run(git + ["update-index", "--add", "--cacheinfo", ",".join(["160000", *link])], cwd=work)
            run(git + ["commit", "-q", "-m", name.capitalize()], cwd=work)
            run(git + ["tag", VERSION], cwd=work)
            run(["git", "clone", "-q", "--bare", str(work), str(made)])
            run(["git", "--git-dir", str(made), "repack", "-adq"])
            run(["git", "--git-dir", str(made), "update-server-info"])
            for file in made.rglob("*"):
                if file.is_file() and "hooks" not in file.parts:
                    found["/" + file.relative_to(folder).as_posix()] = ("text/plain", file.read_bytes())
            return run(["git", "rev-parse", "HEAD"], cwd=work).stdout.decode().strip()

        greet = bare("greet", module_files("ok"))
        modules = '[submodule "libs/greet"]\n\tpath = libs/greet\n\turl = git@git.example.org:team/greet.git\n'
        bare("shop", {".gitmodules": modules, "prices.csv": "tea,3\ncoffee,4\n"}, (greet, "libs/greet"))
    return found
