"""frugal ADDR WORD...: sends the words, and asks the kernel for little."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as conn:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
        try:
            conn.connect((host, int(port)))
        except OSError as e:
            sys.exit(str(e))
        # Put together here, so that one call is enough.
        conn.sendall("".join(word + "\n" for word in sys.argv[2:]).encode())
        conn.shutdown(socket.SHUT_WR)
        while piece := conn.recv(65536):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()


main()
