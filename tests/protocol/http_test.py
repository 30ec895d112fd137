#!/usr/bin/env python3
"""HTTP beside the WebSocket: files, headers, conditions, ranges, health, security.txt, metrics."""
import gzip
import http.client
import json
import os
import re
import sys

from kringd import WAIT_S, Relay, Tap
from websocket import Client

BIG = os.urandom(300_000)
WORKER = b"onmessage = () => {};\n"

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

# path, headers, status, expected headers, length of the body (None: any)
CASES = [
    ("/", {}, 200, {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"}, 8),
    ("/about", {}, 200, {"content-type": "text/html; charset=utf-8"}, 9),
    ("/about?x=1", {}, 200, {}, 9),
    ("/app.0123abcd.wasm", {}, 200, {
        "content-type": "application/wasm",
        "cache-control": "public, max-age=31536000, immutable"}, len(BIG)),
    ("/app.0123abcd.wasm", {"Range": "bytes=10-19"}, 206,
     {"content-range": f"bytes 10-19/{len(BIG)}"}, 10),
    ("/app.0123abcd.wasm", {"Range": "bytes=-5"}, 206, {}, 5),
    ("/app.0123abcd.wasm", {"Range": "bytes=400000-"}, 416,
     {"content-range": f"bytes */{len(BIG)}"}, 0),
    ("/app.0123abcd.wasm", {"Range": "bytes=0-1,4-5"}, 200, {}, len(BIG)),
    ("/app.0123abcd.wasm", {"Range": "bytes=0-9", "If-Range": '"other"'}, 200, {}, len(BIG)),
    ("/style.css", {"Accept-Encoding": "gzip"}, 200, {"content-encoding": "gzip"}, None),
    ("/style.css", {}, 200, {"content-type": "text/css; charset=utf-8"}, 7),
    ("/healthz", {}, 200, {"cache-control": "no-store"}, 3),
    ("/readyz", {}, 200, {"cache-control": "no-store"}, 6),
    ("/.well-known/security.txt", {}, 200, {"content-type": "text/plain; charset=utf-8"}, None),
    ("/kring", {}, 426, {}, None),
    ("/config.json", {}, 200, {"content-type": "application/json",
                               "cache-control": "no-store"}, None),
    ("/missing", {}, 404, {}, None),
    ("/.hidden", {}, 404, {}, None),
    ("/../kringd.conf", {}, 404, {}, None),
    ("/%2e%2e/kringd.conf", {}, 404, {}, None),
    ("/metrics", {}, 404, {}, None),
    ("/" + "a" * 600, {}, 404, {}, None),
]


def fill(root):
    root.mkdir()
    (root / "index.html").write_bytes(b"<p>home\n")
    (root / "about.html").write_bytes(b"<p>about\n")
    (root / "app.0123abcd.wasm").write_bytes(BIG)
    (root / "core.worker.js").write_bytes(WORKER)
    (root / "style.css").write_bytes(b"p { }\n\n")
    (root / "style.css.gz").write_bytes(gzip.compress(b"p { }\n\n"))
    (root / ".hidden").write_bytes(b"secret")


def get(port, path, headers=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    connection.request(method, path, headers=headers or {})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, body


def check_cases(tap, port):
    for path, headers, expected, expected_headers, size in CASES:
        name = f"{path[:40]} {headers}"
        status, got, body = get(port, path, headers)
        tap.equal(f"{name}: status", status, expected)
        tap.equal(f"{name}: headers", {k: got.get(k) for k in expected_headers},
                  expected_headers)
        tap.equal(f"{name}: security headers", {k: got.get(k) for k in SECURITY_HEADERS},
                  SECURITY_HEADERS)
        csp = got.get("content-security-policy", "")
        tap.check(f"{name}: policy", "default-src 'none'" in csp
                  and "frame-ancestors 'none'" in csp and "unsafe" not in csp, csp)
        if size is not None:
            tap.equal(f"{name}: length", len(body), size)


def check_bodies(tap, port):
    tap.check("a large body is whole", get(port, "/app.0123abcd.wasm")[2] == BIG)
    tap.check("a range is those bytes",
              get(port, "/app.0123abcd.wasm", {"Range": "bytes=1000-70999"})[2]
              == BIG[1000:71000])
    _, headers, body = get(port, "/style.css", {"Accept-Encoding": "gzip"})
    tap.equal("the packed form unpacks", gzip.decompress(body), b"p { }\n\n")
    plain_tag = get(port, "/style.css")[1]["etag"]
    tap.check("each form has its tag", headers["etag"] != plain_tag)
    tap.equal("an unchanged file: 304", get(port, "/style.css", {"If-None-Match": plain_tag})[0],
              304)
    tap.equal("a changed file: 200", get(port, "/style.css", {"If-None-Match": '"x"'})[0], 200)
    status, headers, body = get(port, "/style.css", method="HEAD")
    tap.equal("HEAD: no body, the length of one", (status, headers["content-length"], body),
              (200, "7", b""))


def check_worker_policy(tap, port):
    _, headers, body = get(port, "/core.worker.js")
    csp = headers["content-security-policy"]
    tap.equal("the worker's script", body, WORKER)
    tap.check("the worker alone may compile WebAssembly",
              "'wasm-unsafe-eval'" in csp and csp.count("unsafe") == 1, csp)
    tap.check("a page takes scripts from its own policy only",
              "require-trusted-types-for 'script'; trusted-types kring"
              in get(port, "/")[1]["content-security-policy"])
    tap.check("a page's policy names relay and origins",
              "connect-src 'self' wss://relay.test wss://app.test;"
              in get(port, "/")[1]["content-security-policy"])


def check_methods(tap, port):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        status, headers, _ = get(port, "/", method=method)
        tap.equal(f"{method}: 405", (status, headers.get("allow")), (405, "GET, HEAD"))
    tap.equal("no HSTS without TLS",
              get(port, "/")[1].get("strict-transport-security"), None)


def check_keep_alive(tap, port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    bodies = []
    for path in ("/", "/about", "/app.0123abcd.wasm", "/missing", "/"):
        connection.request("GET", path)
        bodies.append(len(connection.getresponse().read()))
    connection.close()
    tap.equal("five requests on one connection", bodies, [8, 9, len(BIG), 10, 8])


def check_garbage(tap, port):
    for name, data in (("no HTTP", b"\x00\x01\x02\x03" * 100), ("a line", b"GET\r\n\r\n"),
                       ("HTTP/9", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
                       ("TLS", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"x" * 160)):
        client = Client(port)
        client.send(data)
        client.shut()
        tap.equal(f"after {name} it still serves", get(port, "/healthz")[0], 200)


def check_metrics(tap, relay):
    port = relay.ports["port_metrics"]
    status, headers, body = get(port, "/metrics")
    tap.equal("metrics: status", status, 200)
    tap.check("metrics: type", "version=0.0.4" in headers["content-type"])
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    tap.check("metrics: name and number, no label",
              lines and all(re.fullmatch(r"kring_[a-z0-9_]+ \d+", line) for line in lines), lines)
    tap.equal("metrics: nothing else there", get(port, "/")[0], 404)
    tap.equal("metrics: no files there", get(port, "/index.html")[0], 404)
    client = Client(port)
    tap.equal("metrics: no WebSocket there", client.upgrade()[0], 400)
    client.shut()


def main(kringd):
    tap = Tap()
    settings = """
origins = {"https://app.test"}
metrics { port = 0 }
security_txt { contact = {"mailto:security@relay.test", "https://relay.test/contact"}
               expires = "2030-01-01T00:00:00Z" languages = "nl, en" }
"""
    with Relay(kringd, settings) as relay:
        fill(relay.root / "web")
        relay.settings += (f'web {{ root = "{relay.root}/web" operator = "Gemeente \\"Ons\\" Dorp" '
                           'exit = "https://example.org/" inboxes = {"https://a#2.x", "b"} }\n')
        relay.write_config()
        relay.start()
        check_cases(tap, relay.port)
        check_bodies(tap, relay.port)
        check_worker_policy(tap, relay.port)
        check_methods(tap, relay.port)
        check_keep_alive(tap, relay.port)
        check_garbage(tap, relay.port)
        check_metrics(tap, relay)
        tap.equal("security.txt", get(relay.port, "/.well-known/security.txt")[2].decode(),
                  "Contact: mailto:security@relay.test\nContact: https://relay.test/contact\n"
                  "Expires: 2030-01-01T00:00:00Z\nPreferred-Languages: nl, en\n")
        tap.equal("config.json", json.loads(get(relay.port, "/config.json")[2]),
                  {"relay": "relay.test", "operator": 'Gemeente "Ons" Dorp',
                   "exit": "https://example.org/", "inboxes": ["https://a#2.x", "b"]})
        tap.equal("it ends well", relay.stop(), 0)
    tap.finish()


main(sys.argv[1])
