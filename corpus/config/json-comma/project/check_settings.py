import json
import sys

with open(sys.argv[1]) as file:
    settings = json.load(file)
assert settings["port"] > 1024
