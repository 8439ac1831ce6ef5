"""patience ADDR SECONDS: gives each caller some time to send a line."""
import socket
import sys
import time


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    patience = float(sys.argv[2])
    # create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        while True:
            conn, _ = listener.accept()
            with conn:
                serve(conn, time.monotonic() + patience)


def serve(conn, deadline):
    try:
        answer = b"you said " + line(conn, deadline)
    except socket.timeout:
        answer = b"too late"
    except EOFError:
        answer = b"cut off"
    except OSError:
        return  # the connection broke
    try:
        conn.sendall(answer + b"\n")
    except OSError:
        pass  # the caller has gone


def line(conn, deadline):
    """Receives a line: each receive may only wait for what is left of the time."""
    received, usual = b"", conn.gettimeout()
    try:
        while b"\n" not in received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise socket.timeout
            conn.settimeout(left)
            more = conn.recv(1024)
            if not more:
                raise EOFError
            received += more
    finally:
        conn.settimeout(usual)  # the answer has no hurry
    return received.split(b"\n")[0]


main()
