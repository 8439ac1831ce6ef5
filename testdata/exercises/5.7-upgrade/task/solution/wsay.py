"""wsay ADDR KEY TEXT...: says texts over a WebSocket, and prints what comes."""
import base64
import hashlib
import socket
import struct
import sys

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def main():
    addr, key, *texts = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn, conn.makefile("rwb") as stream:
        if not upgrade(stream, addr, key):
            sys.exit("no WebSocket")
        for text in texts:
            send(stream, TEXT, text.encode())
        try:
            while True:
                kind, payload = receive(stream)
                if kind == TEXT:
                    print(payload.decode(), flush=True)
                elif kind == PING:
                    send(stream, PONG, payload)
                elif kind == CLOSE:
                    send(stream, CLOSE, payload)
                    return
        except (EOFError, ConnectionError):
            sys.exit("cut off")


def upgrade(stream, addr, key):
    stream.write(f"GET /room HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    stream.flush()
    status, accepted = stream.readline().split(b" "), None
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        if name.lower() == "sec-websocket-accept":
            accepted = value.strip()
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return status[1:2] == [b"101"] and accepted == base64.b64encode(digest).decode()


def send(stream, kind, payload):
    size = bytes([0x80 | len(payload)])
    if len(payload) > 125:
        size = b"\xfe" + struct.pack(">H", len(payload))
    masked = bytes(byte ^ 0x20 for byte in payload)
    stream.write(bytes([0x80 | kind]) + size + b"    " + masked)
    stream.flush()


def receive(stream):
    """Reads a frame, which the server does not mask."""
    kind, size = take(stream, 2)
    if size == 126:
        size, = struct.unpack(">H", take(stream, 2))
    elif size == 127:
        size, = struct.unpack(">Q", take(stream, 8))
    return kind & 0x0f, take(stream, size)


def take(stream, size):
    data = stream.read(size)  # waits until all are there, or the end
    if len(data) < size:
        raise EOFError
    return data


main()
