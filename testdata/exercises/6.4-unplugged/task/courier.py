"""courier SECONDS ADDR: sends lines, and says when nobody is there any more."""
import socket
import sys

seconds, addr = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # Which options give the kernel a limit? tcp(7) has them.
    for line in sys.stdin:
        # Whose answer is it that doesn't come: the program's or its kernel's?
        print(len(line), flush=True)
