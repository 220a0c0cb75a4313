"""The proof that a remedy mended a recorded build: corpus/<tool>/<name>/verified.toml.

It holds hashes of the remedy's text and of the log, so that whoever changes either has to prove the
remedy anew. The build of whyfail computes the same hashes (src/signature/proof.rs) and marks a
remedy as verified only where they agree.
"""
import json
import tomllib

FILE = "verified.toml"


def fnv(data):
    """64 bits of FNV-1a, with the version of this making in front."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"1:{value:016x}"


def log_hash(data):
    """Line ends do not count: a checkout may change them."""
    return fnv(data.replace(b"\r\n", b"\n"))


def remedy_hash(remedy):
    """Of all that a remedy in a signature's file says; as in src/signature/proof.rs."""
    parts = [("title", remedy["title"])]
    for name in ("when", "risk", "risk_note"):
        if name in remedy or name == "risk":
            parts.append((name, remedy.get(name, "none")))
    parts += [("command", command) for command in remedy.get("commands", [])]
    for edit in remedy.get("edit", []):
        parts += [(name, edit[name]) for name in ("file", "kind", "before", "after") if name in edit]
    return fnv("".join(f"{name}\x1f{value.strip()}\x1e" for name, value in parts).encode())


def signature_file(folder, signature):
    return folder / f"{signature}.toml"


def remedies_of(folder, signature):
    """The remedies of a signature as its file has them: templates, in their order."""
    file = signature_file(folder, signature)
    return tomllib.loads(file.read_text()).get("remedy", []) if file.exists() else []


def read(scenario_folder):
    file = scenario_folder / FILE
    return tomllib.loads(file.read_text()).get("remedy", []) if file.exists() else []


def stale(scenario_folder, entry, signatures):
    """Why an entry proves nothing any more, or None."""
    remedies = [remedy for remedy in remedies_of(signatures, entry["signature"]) if remedy["title"].strip() == entry["title"]]
    if not remedies:
        return f"{entry['signature']} has no remedy '{entry['title']}'"
    if entry["remedy_hash"] not in map(remedy_hash, remedies):
        return f"the remedy '{entry['title']}' of {entry['signature']} was edited"
    log = scenario_folder / entry["log"]
    if not log.exists() or log_hash(log.read_bytes()) != entry["log_hash"]:
        return f"{entry['log']} is another one now"
    return None


def write(scenario_folder, entries):
    """Writes the file, or takes it away where nothing is proved."""
    file = scenario_folder / FILE
    if not entries:
        file.unlink(missing_ok=True)
        return
    text = "# Written by tests/live/record.sh. Editing a remedy or its log makes this void: prove it anew.\n"
    for entry in entries:
        width = max(map(len, entry))
        text += "\n[[remedy]]\n" + "".join(f"{name:{width}} = {toml_value(value)}\n" for name, value in entry.items())
    file.write_text(text)


def toml_value(value):
    # A JSON string or list of strings is one of TOML too, as long as no character is escaped as a surrogate pair.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
