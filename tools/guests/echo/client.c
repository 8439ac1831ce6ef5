/*
 * echo-client sends TEXT, receives the answer and prints it.
 *
 *	cc -o echo-client client.c
 *	./echo-client HOST:PORT TEXT
 *
 * Read lessons/1.1-echo.md.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* How many bytes one receive asks for, and how many seconds we wait for a
 * server that says nothing. */
enum { RECEIVE_SIZE = 1024, PATIENCE = 30 };

static struct addrinfo *resolve(const char *addr);
static void say(const char *format, ...);
static char *visible(char *out, const char *text, size_t n);
static void fail(const char *what, const char *addr);

int main(int argc, char **argv)
{
	/* No bytes is no message: of a stream, nothing would travel. */
	if (argc != 3 || !*argv[2]) {
		fprintf(stderr, "usage: echo-client HOST:PORT TEXT\n");
		return 2;
	}
	const char *addr = argv[1], *text = argv[2];
	signal(SIGPIPE, SIG_IGN); /* send to a server that left must fail, not kill us */

	/* A name may have several addresses: take the first that agrees. connect
	 * returns when the other kernel has agreed; the server program need not
	 * have noticed yet. We chose no port of our own, so the kernel did. */
	struct addrinfo *list = resolve(addr);
	int conn = -1;
	for (struct addrinfo *at = list; at && conn < 0; at = at->ai_next) {
		conn = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		if (conn < 0)
			continue;
		/* Go's SetDeadline is a moment; this is how long any one call may
		 * wait. It then fails with EAGAIN (connect, on Linux: EINPROGRESS). */
		struct timeval patience = {.tv_sec = PATIENCE};
		setsockopt(conn, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
		setsockopt(conn, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		if (connect(conn, at->ai_addr, at->ai_addrlen) < 0) {
			int why = errno;
			close(conn);
			conn = -1;
			errno = why;
		}
	}
	freeaddrinfo(list);
	if (conn < 0)
		fail("dial", addr);

	/* Only the bytes of TEXT travel: no newline, no length, and not the 0 that
	 * ends a string in C. send may take fewer than we offer. */
	size_t whole = strlen("hello ") + strlen(text); /* the answer, if all goes well */
	for (size_t left = strlen(text); left > 0;) {
		ssize_t some = send(conn, text, left, 0);
		if (some < 0)
			fail("send to", addr);
		text += some;
		left -= some;
	}

	/* A receive returns a piece of a stream, whatever has come when we
	 * look. But we know how long the answer is, and receive until that much
	 * is here. No bytes at all is the end of the stream: the server has
	 * closed. */
	char answer[RECEIVE_SIZE], shown[3 * RECEIVE_SIZE + 1];
	size_t n = 0;
	for (ssize_t some = 1; some > 0 && n < whole && n < sizeof answer; n += some) {
		some = recv(conn, answer + n, sizeof answer - n, 0);
		if (some < 0)
			fail("receive from", addr);
	}
	if (n == 0) {
		fprintf(stderr, "echo-client: receive from %s: closed without an answer\n", addr);
		return 1;
	}
	say("%s\n", visible(shown, answer, n));
	close(conn);
	return 0;
}

/* resolve looks HOST:PORT up, or ends the program. */
static struct addrinfo *resolve(const char *addr)
{
	char host[256], port[6], more;
	if ((sscanf(addr, "[%255[^]]]:%5[0-9]%c", host, port, &more) != 2 &&
	     sscanf(addr, "%255[^][:]:%5[0-9]%c", host, port, &more) != 2) || atoi(port) > 65535) {
		fprintf(stderr, "echo-client: dial %s: it isn't HOST:PORT\n", addr);
		exit(2);
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list);
	if (bad) {
		fprintf(stderr, "echo-client: dial %s: %s\n", addr, gai_strerror(bad));
		exit(1);
	}
	return list;
}

/* say prints a line. If it can't be written, we have failed, and our caller
 * must know. */
static void say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vprintf(format, args);
	va_end(args);
	if (n < 0 || fflush(stdout) == EOF) {
		fprintf(stderr, "echo-client: write: %s\n", strerror(errno));
		_exit(1); /* not exit, which would write it again */
	}
}

/* visible makes what a stranger sent safe to print, as a string in out: 3 bytes
 * for each byte of text, and one more. Escape sequences would be orders to our
 * terminal: a control character becomes its picture (U+2400 and its
 * number), and what isn't UTF-8, or can't be seen, becomes U+FFFD. */
static char *visible(char *out, const char *text, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;
	char *to = out;
	while (n > 0) {
		/* The first byte of a character says how long it is (utf-8(7)). */
		size_t len = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4, i = 1;
		uint32_t c = len == 1 ? *s : *s & 0xff >> len;
		for (; i < len && i < n && (s[i] & 0xc0) == 0x80; i++)
			c = c << 6 | (s[i] & 0x3f);
		bool bad = i != len || c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000);
		bool unseen = (c >= 0x80 && c < 0xa0) || (c >= 0x200b && c < 0x2010) ||
			      (c >= 0x2028 && c < 0x202f) || (c >= 0x2060 && c < 0x2070);
		if (bad)
			len = 1;
		if (bad || unseen)
			to += sprintf(to, "\uFFFD");
		else if (c < ' ' || c == 0x7f)
			to += sprintf(to, "\xe2\x90%c", c == 0x7f ? 0xa1 : 0x80 + (int)c);
		else
			to = (char *)memcpy(to, s, len) + len;
		s += len;
		n -= len;
	}
	*to = '\0';
	return out;
}

/* fail ends the program with the reason, in the system's own words. */
static void fail(const char *what, const char *addr)
{
	int why = errno == EAGAIN || errno == EINPROGRESS ? ETIMEDOUT : errno;
	fprintf(stderr, "echo-client: %s %s: %s\n", what, addr, strerror(why));
	if (why == ECONNREFUSED)
		fprintf(stderr, "echo-client: hint: is echo-server running?\n");
	exit(1);
}
