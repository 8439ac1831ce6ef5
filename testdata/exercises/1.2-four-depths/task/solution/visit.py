"""visit ADDR WORD...: sends the words, and prints the answer."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        conn.sendall("\n".join(sys.argv[2:]).encode())  # one send, one packet
        while piece := conn.recv(1024):  # until the other side has closed
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
    print()  # for the screen alone


main()
