"""wishes ADDR NAME=VALUE...: a server that says what became of its options."""
import socket
import sys

addr, *wishes = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
    for wish in wishes:
        name, value = wish.split("=")
        # Which option is it, on which level? And what did the kernel make of it?
        print(f"{name}: asked {value}", flush=True)
    listener.bind((host, int(port)))  # Is it free, and is somebody there?
    listener.listen()
    print("listening on", addr, flush=True)
    conn, _ = listener.accept()
    # What has this connection, and what does its caller want to know?
