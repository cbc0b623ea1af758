"""Signs in to a demo as its Owner, makes a key that may do everything, and writes what schemathesis reads.

usage: prepare.py <url> <folder>
"""

import json
import pathlib
import sys
import urllib.request

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def call(path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "origin": url, **headers}
    with opener.open(urllib.request.Request(url + path, data, headers)) as answer:
        return json.loads(answer.read() or "null")


members = call("/api/demo_members", {})
owner = next(member for member in members if member["role"] == "Owner")
call("/api/sign_in_demo", {"member": owner["id"]})
document = call("/api/v1/openapi.json")
operations = [one for methods in document["paths"].values() for one in methods.values()]
scopes = sorted({scope for one in operations for scope in one["security"][0]["key"]})
key = call("/api/create_api_key", {"name": "schemathesis", "scopes": scopes})


def listed(path, field="id"):
    page = call("/api/v1" + path, authorization=f"Bearer {key}")
    return [item[field] for item in page["items"]]


# Real ids, so that not every call ends at an unknown one.
chats = listed("/chats")
known = {
    "contact": listed("/contacts"),
    "chat": chats,
    "message": [message for chat in chats[:3] for message in listed(f"/chats/{chat}/messages")],
    "tag": listed("/tags"),
}
lines = [(pathlib.Path(__file__).parent / "schemathesis.toml").read_text()]
for name, ids in known.items():
    assert ids, name
    lines.append(f"[dictionaries.{name}]\nvalues = {json.dumps(ids[:20])}\n")
# Names for requests: enough of them that few are used twice, and some are.
lines.append(f"[dictionaries.name]\nvalues = {json.dumps([f'request-{n}' for n in range(2000)])}\n")
lines.append('[parameters]\n"header.Idempotency-Key" = { dictionary = "name", probability = 0.9 }')
for name in known:
    lines.append(f'"path.{name}" = {{ dictionary = "{name}", probability = 0.8 }}')
(folder / "schemathesis.toml").write_text("\n".join(lines) + "\n")
(folder / "key").write_text(key)
