"""courier SECONDS ADDR: sends lines, and says when nobody is there any more."""
import socket
import sys


def main():
    seconds, addr = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        limit(conn, int(seconds))
        try:
            for line in sys.stdin:
                conn.sendall(line.encode())
                print(answer(conn), flush=True)
        except (EOFError, ConnectionResetError, BrokenPipeError):
            print("closed")
            return 2
        except OSError:  # ETIMEDOUT, or EHOSTUNREACH
            print("lost")
            return 1
    return 0


def limit(conn, seconds):
    # Nothing is confirmed for so long, in milliseconds: the kernel gives up.
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1000)
    # When we wait, it asks each second whether somebody is there.
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def answer(conn):
    """Receives a line, in as many pieces as it comes."""
    received = b""
    while not received.endswith(b"\n"):
        more = conn.recv(1024)
        if not more:
            raise EOFError
        received += more
    return received.decode().rstrip("\n")


sys.exit(main())
