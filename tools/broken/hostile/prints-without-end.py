# script: 1.1-echo
# program: echo-server
# mistake: prints gigabytes, and never what is expected
# caught: The server takes its address, and no other, and waits for a caller.
import sys

while True:
    sys.stdout.write("y\n" * 50000)
