"""onepiece ADDR WORD...: asks about words, each in one packet."""
import socket
import sys

addr, *words = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn, conn.makefile("r") as answers:
    for word in words:
        question = f"length {len(word.encode())}\n{word}\n"
        conn.sendall(question.encode())  # both lines in one send
        print(answers.readline(), end="", flush=True)
