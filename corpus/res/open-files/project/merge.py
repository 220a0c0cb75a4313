import tempfile

parts = [tempfile.TemporaryFile() for _ in range(200)]
print("merging", len(parts), "parts")
