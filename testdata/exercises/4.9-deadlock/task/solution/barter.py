"""barter ADDR COUNT: sends COUNT lines, and receives meanwhile."""
import socket
import sys
import threading


def main():
    addr, count = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        speaker = threading.Thread(target=speak, args=(conn, int(count)))
        speaker.start()
        got = 0
        while piece := conn.recv(65536):
            got += len(piece)
        speaker.join()  # the other side may have ended before us
    print("got", got, "bytes", flush=True)


def speak(conn, count):
    lines = "".join(f"line {n}\n" for n in range(1, count + 1))
    conn.sendall(lines.encode())
    conn.shutdown(socket.SHUT_WR)  # that was all


main()
