"""traces N ADDR WORD: calls ADDR so that trace N is what travels."""
import socket
import sys

trace, addr, word = sys.argv[1:]
host, port = addr.rsplit(":", 1)
conn = socket.create_connection((host, int(port)))
# Trace 1: which call makes bytes 1-9? What must come before the FIN?
conn.close()
