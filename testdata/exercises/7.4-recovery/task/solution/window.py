"""window ADDR WORD...: sends words over UDP, as many at once as its window says."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    words = sys.argv[2:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((host, int(port)))
        s.settimeout(2)
        sent, acked, same, window = 0, 0, 0, 4
        while acked < len(words):
            while sent < min(acked + window, len(words)):
                sent += 1
                send(s, sent, words)
            number = next_ack(s)
            if number > acked:
                acked, same = number, 0
                window += 1
            elif number == acked:
                same += 1
                if same == 3:  # a gap, and not only two that changed places
                    window //= 2
                    print(f"again {acked + 1}, window {window}", flush=True)
                    send(s, acked + 1, words)
        print(f"all, window {window}")


def send(s, number, words):
    s.send(f"{number} {words[number - 1]}".encode())


def next_ack(s):
    try:
        return int(s.recv(100).decode().split()[1])
    except socket.timeout:
        print("silence")
        sys.exit(1)


main()
