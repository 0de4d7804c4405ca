"""A skops archive whose object, when it is made, calls a function of the operating system.

Tries: to run code where the model is loaded.
Covers: pickle headers
Road: model skops
Never: skops-ran
Must: PE
"""

import json
import zipfile


def node(loader, module, name, **more):
    return {"__loader__": loader, "__module__": module, "__class__": name, **more}


command = node("JsonNode", "builtins", "str", content=json.dumps("echo skops-ran >&2"))
called = node("ListNode", "builtins", "list", content=[node("FunctionNode", "posix", "system")])
# A dictionary's keys are made by calling their types: the way in that skops's own nodes offer.
schema = node("DictNode", "builtins", "dict", key_types=called, content={"echo skops-ran >&2": command})
with zipfile.ZipFile("artefact", "w") as archive:
    archive.writestr("schema.json", json.dumps({**schema, "protocol": 2}))
