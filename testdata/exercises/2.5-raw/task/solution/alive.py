"""alive HOST ID SECONDS: sends three pings to a machine."""
import socket
import struct
import sys
import time

ECHO_REPLY, ECHO_REQUEST = 0, 8


def main():
    host, identifier, patience = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    lost = 0
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as s:
        for number in 1, 2, 3:
            s.sendto(request(identifier, number), (host, 0))
            if answered(s, identifier, number, time.monotonic() + patience):
                print(number, "answered", flush=True)
            else:
                print(number, "lost", flush=True)
                lost += 1
    sys.exit(1 if lost else 0)


def request(identifier, number):
    def message(sum):
        return struct.pack(">BBHHH", ECHO_REQUEST, 0, sum, identifier, number) + b"are you there"
    return message(checksum(message(0)))


def answered(s, identifier, number, deadline):
    """Receives what comes, until it is the answer or the time is over."""
    while (left := deadline - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            packet = s.recv(1024)
        except socket.timeout:
            break
        header = packet[0] % 16 * 4  # the IP header's length, counted in fours
        message = packet[header:]
        if len(message) < 8 or checksum(message) != 0:
            continue  # no ping, or damaged
        kind, _, _, *numbers = struct.unpack(">BBHHH", message[:8])
        if kind == ECHO_REPLY and numbers == [identifier, number]:
            return True
    return False


def checksum(message):
    """The checksum of RFC 1071; 0 if the message holds its own, and is whole."""
    if len(message) % 2:
        message += b"\0"
    total = sum(struct.unpack(f">{len(message) // 2}H", message))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return total ^ 0xffff


main()
