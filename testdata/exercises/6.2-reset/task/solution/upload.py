"""upload BYTES ADDR: sends bytes, and says how the connection ended."""
import socket
import sys


def main():
    n, addr = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        sent = send(conn, b"x" * int(n))
        answer, ended = receive(conn)  # also after a reset: something may have come before

    if answer:
        print(answer.decode().rstrip("\n"))
    if not sent or not ended:
        print("reset")
    elif answer.endswith(b"\n"):
        print("closed")
        return 0
    else:
        print("cut off")
    return 1


def send(conn, data):
    """Sends all and ends; False after a reset."""
    try:
        conn.sendall(data)
        conn.shutdown(socket.SHUT_WR)
        return True
    except (ConnectionResetError, BrokenPipeError):
        return False


def receive(conn):
    """Receives all that comes; False after a reset."""
    received = b""
    try:
        while more := conn.recv(1024):
            received += more
        return received, True
    except ConnectionResetError:
        return received, False


sys.exit(main())
