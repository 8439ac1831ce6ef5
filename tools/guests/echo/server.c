/*
 * echo-server answers "hello " and the bytes it received, then closes.
 *
 *	cc -pthread -o echo-server server.c
 *	./echo-server [-k] HOST:PORT
 *
 * Read lessons/1.1-echo.md first, then lessons/1.4-many-callers.md for -k.
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

/* How many bytes one receive asks for: a limit, not a promise. */
enum { RECEIVE_SIZE = 1024 };

static void leave(int sig);
static struct addrinfo *resolve(const char *addr);
static void *answer_all(void *arg);
static ssize_t answer(int conn);
static void say(const char *format, ...);
static char *visible(char *out, const char *text, size_t n);
static void complain(const char *what);

int main(int argc, char **argv)
{
	bool keep = argc == 3 && strcmp(argv[1], "-k") == 0;
	if (argc != 2 + keep) {
		fprintf(stderr, "usage: echo-server [-k] HOST:PORT\n");
		return 2;
	}
	const char *addr = argv[argc - 1];

	signal(SIGINT, leave);
	signal(SIGTERM, leave);
	/* A program that sends to a caller that has gone is killed by SIGPIPE,
	 * unless it says no. Go and Python say no for you; then send fails with
	 * EPIPE. */
	signal(SIGPIPE, SIG_IGN);

	/* The steps that are one Listen in Go. socket makes the endpoint, bind
	 * gives it its address, listen lets the kernel take calls for us. Without
	 * SO_REUSEADDR (Go sets it unasked) bind would refuse the address for a
	 * minute, as long as the kernel remembers our last connection there. */
	struct addrinfo *at = resolve(addr);
	int on = 1, listener = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(listener, at->ai_addr, at->ai_addrlen) < 0 ||
	    listen(listener, SOMAXCONN) < 0) {
		fprintf(stderr, "echo-server: listen %s: %s\n", addr, strerror(errno));
		return 1;
	}
	freeaddrinfo(at);

	/* Of port 0 the kernel makes a free one: ask which. */
	struct sockaddr_storage own;
	socklen_t len = sizeof own;
	char port[6] = "";
	getsockname(listener, (struct sockaddr *)&own, &len);
	getnameinfo((struct sockaddr *)&own, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
	say("listening on %.*s:%s\n", (int)(strrchr(addr, ':') - addr), addr, port);

	for (;;) {
		/* accept waits for a caller and returns a second socket, for that
		 * caller alone. The listener stays as it was, ready for the next. */
		int conn = accept(listener, NULL, NULL);
		if (conn < 0) {
			/* This error passes: no descriptor is free (EMFILE, ENFILE), no
			 * memory, or the caller has gone again. To ask at once would
			 * only fail again. */
			complain("accept");
			sleep(1);
			continue;
		}
		if (!keep) {
			ssize_t n = answer(conn);
			if (n == 0)
				fprintf(stderr, "echo-server: receive: the caller closed without a word\n");
			/* The caller may read until the end of the stream: closing is
			 * how we say that the answer is complete. */
			close(conn);
			return n > 0 ? 0 : 1;
		}
		/* A thread for each caller, where Go has a goroutine: while it waits
		 * for someone silent, we are back in accept. The descriptor is a
		 * number, and travels in place of the pointer. */
		pthread_t thread;
		errno = pthread_create(&thread, NULL, answer_all, (void *)(intptr_t)conn);
		if (errno == 0) {
			pthread_detach(thread);
		} else {
			complain("thread");
			close(conn);
		}
	}
}

/* leave ends us on Ctrl-C or kill, whatever the threads are doing. The kernel
 * closes the sockets of a process that ends, and each caller sees that. */
static void leave(int sig)
{
	(void)sig;
	_exit(0); /* not exit: a handler may call only what signal-safety(7) lists */
}

/* resolve looks HOST:PORT up, or ends the program. */
static struct addrinfo *resolve(const char *addr)
{
	char host[256], port[6], more;
	if ((sscanf(addr, "[%255[^]]]:%5[0-9]%c", host, port, &more) != 2 &&
	     sscanf(addr, "%255[^][:]:%5[0-9]%c", host, port, &more) != 2) || atoi(port) > 65535) {
		fprintf(stderr, "echo-server: listen %s: it isn't HOST:PORT\n", addr);
		exit(2);
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list);
	if (bad) {
		fprintf(stderr, "echo-server: listen %s: %s\n", addr, gai_strerror(bad));
		exit(1);
	}
	return list;
}

/* answer_all answers every receive of one caller until the caller closes. What
 * goes wrong with one caller is no reason to stop serving others. */
static void *answer_all(void *arg)
{
	int conn = (int)(intptr_t)arg;
	while (answer(conn) > 0)
		;
	close(conn); /* forgotten, the caller would wait, and we run out of descriptors */
	return NULL;
}

/* answer receives once and answers once. Like recv it returns 0 when the
 * caller has closed its side and nothing more will ever come, and -1 when
 * something failed, which it has said. */
static ssize_t answer(int conn)
{
	/* recv waits until at least one byte has come, and may return fewer than
	 * we asked for. It adds no 0 at the end: this is no C string.
	 * NOTE: a name may come in two pieces; lesson 4.2 shows when. */
	char text[6 + RECEIVE_SIZE] = "hello ", shown[3 * RECEIVE_SIZE + 1];
	ssize_t n = recv(conn, text + 6, RECEIVE_SIZE, 0);
	if (n < 0)
		complain("receive");
	if (n <= 0)
		return n;
	say("%s\n", visible(shown, text + 6, n));

	/* send may take fewer bytes than we offer (Go's Write and Python's sendall
	 * loop for you). "Sent" means: handed to our kernel. */
	for (ssize_t sent = 0, some; sent < 6 + n; sent += some) {
		some = send(conn, text + sent, 6 + n - sent, 0);
		if (some < 0) {
			complain("send");
			return -1;
		}
	}
	return n;
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
		fprintf(stderr, "echo-server: write: %s\n", strerror(errno));
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

/* complain says what failed, in the system's own words: the first ten times, and
 * then each time that the number has doubled. A storm of resets must not bury
 * everything else. */
static void complain(const char *what)
{
	static atomic_int complaints;
	int why = errno, n = ++complaints;
	if (n <= 10)
		fprintf(stderr, "echo-server: %s: %s\n", what, strerror(why));
	else if ((n & (n - 1)) == 0)
		fprintf(stderr, "echo-server: %s: %s (complaint %d; not all are shown)\n", what, strerror(why), n);
}
