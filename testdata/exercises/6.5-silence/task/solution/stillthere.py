"""stillthere ADDR SECONDS: prints what ADDR says, and asks when it is silent."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    silence = float(sys.argv[2])
    with socket.create_connection((host, int(port))) as conn:
        conn.settimeout(silence)  # each receive has it anew
        unanswered = 0
        kept = b""
        while True:
            try:
                more = conn.recv(1024)
            except socket.timeout:
                unanswered += 1
                if unanswered > 3:
                    print("gone")
                    sys.exit(1)
                conn.sendall(b"ping\n")
                print("ping", unanswered, flush=True)
                continue
            if not more:
                print("closed")
                return
            unanswered = 0  # whatever it was, somebody is there
            *lines, kept = (kept + more).split(b"\n")
            for line in lines:
                heard(conn, line)


def heard(conn, line):
    if line == b"ping":
        conn.sendall(b"pong\n")
    elif line != b"pong":
        print("heard", line.decode(), flush=True)


main()
