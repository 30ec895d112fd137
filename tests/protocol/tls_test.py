#!/usr/bin/env python3
"""TLS by kringd itself: 1.3 alone, no resumption, another certificate at a reload; and what is
bound, by IPv4 and IPv6."""
import hashlib
import signal
import socket
import ssl
import subprocess
import sys

from kringd import Relay, Tap
from websocket import TEXT, Client, frame

V4 = 'listen "v4" { address = "127.0.0.1" port = 0 }\n'
V6 = 'listen "v6" { address = "::1" port = 0 }\n'


def has_v6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def make_certificate(root, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(root / "key.pem"), "-out", str(root / "cert.pem")],
        check=True, capture_output=True)


def client_context(root):
    context = ssl.create_default_context(cafile=str(root / "cert.pem"))
    return context


def fingerprint(port, context):
    client = Client(port, tls=context)
    found = hashlib.sha256(client.socket.getpeercert(binary_form=True)).hexdigest()
    client.shut()
    return found


def check_session(tap, port, context, host):
    client = Client(port, host=host, tls=context)
    tap.equal(f"{host}: version", client.socket.version(), "TLSv1.3")
    tap.check(f"{host}: hello", "challenge" in client.open())
    client.send(frame(TEXT, b'{"verb":"ping","id":1}'))
    tap.check(f"{host}: answer", '"re":1' in client.message())
    session = client.socket.session
    tap.check(f"{host}: no ticket to resume with", session is None or not session.has_ticket)
    client.shut()


def check_old_versions(tap, port, root):
    for name, version in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.1", ssl.TLSVersion.TLSv1_1)):
        context = client_context(root)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.maximum_version = version
        try:
            Client(port, tls=context).shut()
            refused = False
        except (ssl.SSLError, ConnectionError):
            refused = True
        tap.check(f"TLS {name} is refused", refused)


def check_bound(tap, relay):
    """Nothing but the addresses of the configuration is bound."""
    shown = subprocess.run(["ss", "-Hltnp"], check=True, capture_output=True, text=True).stdout
    mine = sorted(line.split()[3] for line in shown.splitlines()
                  if f"pid={relay.process.pid}," in line)
    tap.equal("bound addresses", mine, sorted(
        f"{host}:{relay.ports[port]}" for host, port in (
            ("127.0.0.1", "port_0"), ("[::1]", "port_1")) if port in relay.ports))


def check_reload(tap, relay):
    old_context = client_context(relay.root)
    before = fingerprint(relay.port, old_context)
    steady = Client(relay.port, tls=old_context)
    steady.open()
    make_certificate(relay.root, "another")
    relay.send_signal(signal.SIGHUP)
    tap.check("the reload is logged", relay.wait_for_log("reloaded "))
    after = fingerprint(relay.port, client_context(relay.root))
    tap.check("another certificate after a reload", before != after)
    steady.send(frame(TEXT, b'{"verb":"ping","id":1}'))
    tap.check("a connection outlives the reload", '"re":1' in steady.message())
    steady.shut()

    # The key of another certificate: nothing changes.
    certificate = (relay.root / "cert.pem").read_bytes()
    make_certificate(relay.root, "third")
    third = (relay.root / "cert.pem").read_bytes()
    (relay.root / "cert.pem").write_bytes(certificate)
    relay.send_signal(signal.SIGHUP)
    tap.check("a key that does not fit is refused", relay.wait_for_log("tls_failed"))
    tap.equal("the old certificate stays", fingerprint(relay.port, client_context(relay.root)),
              after)
    (relay.root / "cert.pem").write_bytes(third)


def check_plain_text(tap, port):
    client = Client(port)
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answered = b""
    client.socket.settimeout(5)
    try:
        answered = client.socket.recv(100)
    except (ConnectionError, socket.timeout):
        pass
    tap.check("plain HTTP gets no page from a TLS listener", not answered.startswith(b"HTTP"))
    client.shut()


def main(kringd):
    tap = Tap()
    with Relay(kringd, listen=V4 + V6 if has_v6() else V4) as relay:
        make_certificate(relay.root, "relay.test")
        relay.settings = (f'tls {{ certificate = "{relay.root}/cert.pem" '
                          f'key = "{relay.root}/key.pem" }}')
        relay.write_config()
        relay.start()
        context = client_context(relay.root)
        check_session(tap, relay.ports["port_0"], context, "127.0.0.1")
        if "port_1" in relay.ports:
            check_session(tap, relay.ports["port_1"], context, "::1")
        else:
            tap.skip("::1", "no IPv6 here")
        client = Client(relay.port, tls=context)
        client.send(b"GET /healthz HTTP/1.1\r\nHost: relay.test\r\n\r\n")
        _, headers = client.response()
        tap.equal("HSTS under TLS", headers.get("strict-transport-security"),
                  "max-age=63072000; includeSubDomains")
        client.shut()
        check_old_versions(tap, relay.port, relay.root)
        check_plain_text(tap, relay.port)
        check_bound(tap, relay)
        check_reload(tap, relay)
        tap.equal("it ends well", relay.stop(), 0)
    tap.finish()


main(sys.argv[1])
