# script: 1.1-echo
# program: echo-server
# mistake: prints what would clear your screen, and name your window
# caught: The server takes its address, and no other, and waits for a caller.
import signal
import sys

print("\x1b[2J\x1b]0;mine\x07\x9b1mlistening on", sys.argv[1], "\u202e", flush=True)
signal.pause()
