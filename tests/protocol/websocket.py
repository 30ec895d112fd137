"""A WebSocket client that can do everything wrong: it sends the bytes that it is told to."""
import base64
import os
import socket
import struct

TIMEOUT_S = 120

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA


def key():
    return base64.b64encode(os.urandom(16)).decode()


def handshake(overrides=None, path="/kring", method="GET"):
    """The bytes of an upgrade request. A header that is overridden by None is left out; a list
    repeats it."""
    headers = {
        "Host": "relay.test",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key(),
        "Sec-WebSocket-Protocol": "kring.v1",
    }
    headers.update(overrides or {})
    lines = [f"{method} {path} HTTP/1.1"]
    for name, value in headers.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                lines.append(f"{name}: {each}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(opcode, payload=b"", fin=True, masked=True, length_form=None, rsv=0, mask=None):
    """One frame. length_form 16 or 64 writes the length longer than it need be."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if masked else 0
    size = len(payload)
    if length_form == 64 or (length_form is None and size > 65535):
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    elif length_form == 16 or (length_form is None and size > 125):
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | size])
    if not masked:
        return head + payload
    mask = mask if mask is not None else os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class Closed(Exception):
    """The peer ended the connection. code is what its close frame said, None without one."""

    def __init__(self, code):
        super().__init__(f"closed with {code}")
        self.code = code


class Client:
    def __init__(self, port, host="127.0.0.1", tls=None, receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT_S)
        # As browsers do: else TLS waits for a delayed acknowledgement.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect((host, port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            data = b""
        if not data:
            raise Closed(None)
        self.buffer += data

    def _take(self, size):
        while len(self.buffer) < size:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def response(self):
        """The status and headers of an HTTP response; its body stays in the buffer."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def body(self, headers):
        return self._take(int(headers.get("content-length", 0)))

    def upgrade(self, overrides=None, **options):
        """The response to a handshake."""
        self.send(handshake(overrides, **options))
        return self.response()

    def open(self):
        """Shake hands and read hello; the object of it."""
        status, _ = self.upgrade()
        if status != 101:
            raise RuntimeError(f"handshake: {status}")
        return self.message()

    def frame(self):
        """The next frame as (fin, opcode, payload)."""
        first, second = self._take(2)
        size = second & 0x7F
        if second & 0x80:
            raise RuntimeError("the server masked a frame")
        if size == 126:
            size = struct.unpack(">H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._take(8))[0]
        return bool(first & 0x80), first & 0xF, self._take(size)

    def message(self):
        """The object of the next message, as text; pings are answered, a close raises Closed."""
        while True:
            _, opcode, payload = self.frame()
            if opcode == CLOSE:
                raise Closed(struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005)
            if opcode == PING:
                self.send(frame(PONG, payload))
            elif opcode == TEXT:
                return payload.decode()
            elif opcode == BINARY:
                size = struct.unpack(">H", payload[:2])[0]
                return payload[2:2 + size].decode()

    def close_code(self):
        """Read on until the peer closes: its code, None if it just hangs up."""
        try:
            while True:
                self.message()
        except Closed as closed:
            return closed.code

    def shut(self):
        self.socket.close()
