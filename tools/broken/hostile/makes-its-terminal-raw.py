# script: 1.4-many-callers
# program: echo-server
# mistake: makes its terminal raw, where ^C is a byte like any other
# caught: Ctrl-C ends the server, and the caller who is left sees the close.
import os
import sys
import termios

# What tty.setraw does, but for the output: the lines shall still be lines.
mode = termios.tcgetattr(0)
mode[0] &= ~(termios.ICRNL | termios.IXON)
mode[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
termios.tcsetattr(0, termios.TCSANOW, mode)
server = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../guests/echo/server.py")
os.execv(sys.executable, [sys.executable, server] + sys.argv[1:])
