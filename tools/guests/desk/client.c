/*
 * desk-client sends each typed line, and prints the one answer it waits for.
 *
 *	cc -o desk-client client.c
 *	./desk-client HOST:PORT
 *
 * Read lessons/4.1-desk.md.
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

enum {
	RECEIVE_SIZE = 1024, /* bytes that one receive asks for */
	TYPED_MAX = 4095,    /* bytes in a typed line: a terminal gives no more anyway */
	PATIENCE = 10,       /* seconds to connect, or to hand over a line */
};

static struct addrinfo *resolve(const char *addr);
static size_t typed(char *line);
static void say(const char *format, ...);
static char *visible(char *out, const char *text, size_t n);
static void fail(const char *what, const char *addr);

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: desk-client HOST:PORT\n");
		return 2;
	}
	const char *addr = argv[1];
	signal(SIGPIPE, SIG_IGN); /* send to a desk that closed must fail, not kill us */

	struct addrinfo *list = resolve(addr);
	int conn = -1;
	for (struct addrinfo *at = list; at && conn < 0; at = at->ai_next) {
		conn = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		if (conn < 0)
			continue;
		struct timeval patience = {.tv_sec = PATIENCE}; /* on Linux for connect too */
		setsockopt(conn, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
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

	/* Type, send, receive, print; and again. One thing at a time, in turns.
	 * NOTE: while we wait for the keyboard we don't look at the socket, and the
	 * other way round. A desk that closes while we type is noticed when we
	 * send. The client of lesson 4.3 does both at once. */
	char line[TYPED_MAX], answer[RECEIVE_SIZE], shown[3 * RECEIVE_SIZE + 1];
	for (size_t n; (n = typed(line)) > 0;) {
		/* send may take fewer bytes than we offer: offer the rest again. */
		for (size_t sent = 0; sent < n;) {
			ssize_t some = send(conn, line + sent, n - sent, 0);
			if (some < 0)
				fail("send to", addr);
			sent += some;
		}

		/* One receive is taken for one answer.
		 * NOTE: no deadline. A person has to think and type over there; nor
		 * can we tell a slow operator from a dead network. Lesson 6.5. */
		ssize_t came = recv(conn, answer, sizeof answer, 0);
		if (came < 0)
			fail("receive from", addr);
		if (came == 0) {
			fprintf(stderr, "desk-client: receive from %s: the desk closed without an answer\n", addr);
			return 1;
		}
		say("%s\n", visible(shown, answer, came));
	}
	close(conn); /* the desk's recv returns 0: we have left */
	return 0;
}

/* resolve looks HOST:PORT up, or ends the program. */
static struct addrinfo *resolve(const char *addr)
{
	char host[256], port[6], more;
	if ((sscanf(addr, "[%255[^]]]:%5[0-9]%c", host, port, &more) != 2 &&
	     sscanf(addr, "%255[^][:]:%5[0-9]%c", host, port, &more) != 2) || atoi(port) > 65535) {
		fprintf(stderr, "desk-client: dial %s: it isn't HOST:PORT\n", addr);
		exit(2);
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list);
	if (bad) {
		fprintf(stderr, "desk-client: dial %s: %s\n", addr, gai_strerror(bad));
		exit(1);
	}
	return list;
}

/* typed reads the next line that can be sent, and returns its length without
 * the newline, or 0 at ^D. A line that can't be sent is refused with a note. */
static size_t typed(char *line)
{
	for (;;) {
		size_t n = 0;
		int c;
		for (; (c = getchar()) != '\n' && c != EOF; n++)
			if (n < TYPED_MAX)
				line[n] = (char)c;
		if (n > TYPED_MAX)
			fprintf(stderr, "desk-client: send: refused, the line is longer than %d bytes\n", TYPED_MAX);
		else if (n > 0 || c == EOF)
			return n;
		else /* a stream has no empty messages */
			fprintf(stderr, "desk-client: send: refused, the line is empty\n");
	}
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
		fprintf(stderr, "desk-client: write: %s\n", strerror(errno));
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
	fprintf(stderr, "desk-client: %s %s: %s\n", what, addr, strerror(why));
	if (why == ECONNREFUSED)
		fprintf(stderr, "desk-client: hint: is desk-server running?\n");
	exit(1);
}
