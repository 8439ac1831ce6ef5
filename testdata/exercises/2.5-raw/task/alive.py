"""alive HOST ID SECONDS: sends three pings to a machine."""
import socket
import struct
import sys

host, identifier, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as s:
    # B is a byte, H two bytes. What is the checksum, and the number?
    message = struct.pack(">BBHHH", 8, 0, 0, identifier, 0) + b"are you there"
    s.sendto(message, (host, 0))
    packet = s.recv(1024)
    # Where does the ICMP message begin? Whose is it? Is it the answer?
    print(packet, flush=True)
