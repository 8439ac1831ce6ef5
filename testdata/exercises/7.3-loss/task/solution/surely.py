"""surely receive ADDR, surely send ADDR SECONDS WORD...: brings words over UDP."""
import collections
import socket
import sys
import time


def main():
    host, port = sys.argv[2].rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        if sys.argv[1] == "receive":
            receive(s, host, int(port))
        else:
            s.connect((host, int(port)))
            for number, word in enumerate(sys.argv[4:], 1):
                send(s, number, word, float(sys.argv[3]))


def receive(s, host, port):
    s.bind((host, port))
    print(f"listening on {host}:{port}", flush=True)
    last = collections.Counter()  # by the sender's address
    while True:
        datagram, sender = s.recvfrom(1024)
        number, word = datagram.decode().split(" ", 1)
        if int(number) == last[sender] + 1:
            print(word, flush=True)
            last[sender] += 1
        if int(number) <= last[sender]:  # even one that came before: its ack may be lost
            s.sendto(f"ack {number}".encode(), sender)


def send(s, number, word, seconds):
    for attempt in range(5):
        if attempt > 0:
            print("again", number, flush=True)
        s.send(f"{number} {word}".encode())
        if acknowledged(s, number, time.monotonic() + seconds):
            return
    print("gave up")
    sys.exit(1)


def acknowledged(s, number, deadline):
    """Receives until it is this word's ack: another may come twice, or late."""
    while (left := deadline - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            if s.recv(1024) == f"ack {number}".encode():
                return True
        except socket.timeout:
            break
    return False


main()
