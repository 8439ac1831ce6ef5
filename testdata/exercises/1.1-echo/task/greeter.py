"""greeter ADDR: greets one caller by name."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)  # "127.0.0.1:8000" has two halves
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)

# Step 1. Give the socket its address, (host, int(port)), and let it listen.
# Then print what the contract wants. (flush: now, not when the program ends.)
print("not listening yet", flush=True)

# Step 2. Wait for a caller. Receive from the new socket that you get, and print
# the name. What came is bytes; name.decode() is text.

# Step 3. Send the answer, as bytes: b"hello " and what came.

# Step 4. Close the new socket, and end. (The kernel closes what is left open.)

# Step 5. Which option must be set, and before which call?
