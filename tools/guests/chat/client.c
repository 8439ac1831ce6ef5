/*
 * chat-client enters a room: typed lines are said to all the others, and what
 * they say is printed. /who asks who is there, /quit or ^D leaves.
 *
 *	cc -pthread -o chat-client client.c
 *	./chat-client -name NAME HOST:PORT
 *
 * Read lessons/4.3-room.md.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHOWN_MAX = 16 << 10, TYPED_MAX = 4096 }; /* bytes of a line that we print, or send at once */

static atomic_bool over; /* the server may hang up: one side has said goodbye */

static struct addrinfo *resolve(const char *addr);
static void *talk(void *arg);
static bool send_all(int conn, const char *bytes, size_t n);
static void print_line(const char *line, size_t n);
static void say(const char *format, ...);
static char *visible(char *out, const char *text, size_t n);
static void fail(const char *what, const char *addr);

int main(int argc, char **argv)
{
	/* A newline in the name would make it two lines: a name and a message. */
	if (argc != 4 || strcmp(argv[1], "-name") != 0 || !*argv[2] || strpbrk(argv[2], "\r\n") ||
	    strlen(argv[2]) > TYPED_MAX) {
		fprintf(stderr, "usage: chat-client -name NAME HOST:PORT\n");
		return 2;
	}
	const char *name = argv[2], *addr = argv[3];
	signal(SIGPIPE, SIG_IGN);

	/* NOTE: connect gives up when the kernel does, after minutes. */
	struct addrinfo *list = resolve(addr);
	int conn = -1;
	for (struct addrinfo *at = list; at && conn < 0; at = at->ai_next) {
		conn = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		if (conn >= 0 && connect(conn, at->ai_addr, at->ai_addrlen) < 0) {
			int why = errno;
			close(conn);
			conn = -1;
			errno = why;
		}
	}
	freeaddrinfo(list);
	if (conn < 0)
		fail("dial", addr);

	/* The room takes the first line for the name. If it refuses it, it says
	 * why, and takes the next line: the next that is typed. */
	char first[TYPED_MAX + 2];
	if (!send_all(conn, first, (size_t)snprintf(first, sizeof first, "%s\n", name)))
		fail("send to", addr);

	/* Nobody takes turns in a room: something may come while we type. So one
	 * thread reads the terminal, and this one reads the socket.
	 * NOTE: what comes is printed into the line being typed. To keep the two
	 * apart takes a terminal library. */
	pthread_t thread;
	errno = pthread_create(&thread, NULL, talk, &conn);
	if (errno)
		fail("thread for", addr);
	pthread_detach(thread); /* it ends when we end */

	/* A receive returns what has come: half a line, or many. We cut. */
	static char piece[4096], line[SHOWN_MAX];
	size_t len = 0;
	ssize_t n;
	while ((n = recv(conn, piece, sizeof piece, 0)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (piece[i] == '\n') {
				print_line(line, len);
				len = 0;
			} else if (len++ < sizeof line) {
				line[len - 1] = piece[i];
			}
		}
	}
	if (n < 0)
		fail("receive from", addr);
	if (len > 0)
		print_line(line, len);
	if (!over) {
		/* FIN without goodbye: the server's kernel closed, and not the room. */
		fprintf(stderr, "chat-client: receive from %s: the server has gone\n", addr);
		_exit(1);
	}
	/* _exit, not return, here and in fail: exit wants to lock stdin, and talk,
	 * waiting in getchar, holds that lock. In some C libraries that is for ever. */
	fflush(stdout);
	_exit(0);
}

/* resolve looks HOST:PORT up, or ends the program. */
static struct addrinfo *resolve(const char *addr)
{
	char host[256], port[6], more;
	if ((sscanf(addr, "[%255[^]]]:%5[0-9]%c", host, port, &more) != 2 &&
	     sscanf(addr, "%255[^][:]:%5[0-9]%c", host, port, &more) != 2) || atoi(port) > 65535) {
		fprintf(stderr, "chat-client: dial %s: it isn't HOST:PORT\n", addr);
		exit(2);
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list);
	if (bad) {
		fprintf(stderr, "chat-client: dial %s: %s\n", addr, gai_strerror(bad));
		exit(1);
	}
	return list;
}

/* talk sends each typed line with its newline, which is what makes it a line
 * for the other side too. Errors are left to the thread that receives: a
 * connection that can't be written has ended for it as well. */
static void *talk(void *arg)
{
	int conn = *(int *)arg;
	char line[TYPED_MAX + 1], word[8], more;
	size_t n = 0;
	bool begun = false; /* a line whose end has not come */
	for (int c = 0; c != EOF;) {
		c = getchar();
		if (c == EOF && !begun)
			break;
		line[n++] = (char)(c == EOF ? '\n' : c); /* ^D ends a line, too */
		begun = line[n - 1] != '\n';
		if (begun && n < TYPED_MAX)
			continue; /* a longer line goes in pieces: the stream joins them */
		line[n] = '\0';
		if (sscanf(line, " %7s %c", word, &more) == 1 && strcmp(word, "/quit") == 0)
			over = true;
		if (!send_all(conn, line, n))
			return NULL;
		n = 0;
	}
	/* ^D. A half-close: we send our FIN, so the room knows that we have left,
	 * and go on reading what it has still to tell us. */
	over = true;
	shutdown(conn, SHUT_WR);
	return NULL;
}

/* send_all sends all, where send may take fewer bytes than we offer. */
static bool send_all(int conn, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t some = send(conn, bytes, n, 0);
		if (some < 0)
			return false;
		bytes += some;
		n -= some;
	}
	return true;
}

/* print_line prints a line that came: n bytes of it, of which we have kept
 * SHOWN_MAX. The server makes lines harmless; we don't rely on every server. */
static void print_line(const char *line, size_t n)
{
	static char shown[3 * SHOWN_MAX + 1];
	size_t kept = n < SHOWN_MAX ? n : SHOWN_MAX;
	if (kept == n && n > 0 && line[n - 1] == '\r')
		kept = --n;
	if (n == strlen("* the room is closing") && memcmp(line, "* the room is closing", n) == 0)
		over = true;
	say("%s%s\n", visible(shown, line, kept), kept < n ? " ... (cut)" : "");
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
		fprintf(stderr, "chat-client: write: %s\n", strerror(errno));
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
	fprintf(stderr, "chat-client: %s %s: %s\n", what, addr, strerror(errno));
	if (errno == ECONNREFUSED)
		fprintf(stderr, "chat-client: hint: is chat-server running?\n");
	fflush(stdout);
	_exit(1);
}
