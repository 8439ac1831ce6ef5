/*
 * desk-server is a service desk: many callers write, and one operator at this
 * terminal answers them, oldest message first.
 *
 *	cc -pthread -o desk-server server.c
 *	./desk-server HOST:PORT
 *
 * Read lessons/4.1-desk.md.
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
#include <sys/time.h>
#include <unistd.h>

enum {
	RECEIVE_SIZE = 1024, /* bytes that one receive asks for, and takes for one message */
	TYPED_MAX = 4095,    /* bytes in a typed line: a terminal gives no more anyway */
	CALLERS_MAX = 200,   /* further ones wait in the kernel's queue, the backlog */
	UNANSWERED_MAX = 16, /* messages of one caller: then we stop reading from it */
	PATIENCE = 5,        /* seconds for one answer to leave us */
};

struct caller {
	int number, conn, unanswered;
	bool answering; /* the operator's thread is using conn */
	bool gone;      /* an answer failed: nothing that it says counts any more */
};

/* What the threads share, and the lock for it. Messages are printed when
 * they come. We keep only the callers who wait: an entry for each message,
 * oldest first. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct caller *waiting[CALLERS_MAX * UNANSWERED_MAX];
static size_t nwaiting;
static int ncallers;

static void stop(int sig);
static struct addrinfo *resolve(const char *addr);
static void *serve(void *arg);
static void *receive(void *arg);
static void hang_up(struct caller *c);
static void forget(struct caller *c);
static void answer(const char *line, size_t n);
static size_t typed(char *line);
static void complain(const char *what, int caller, int why);
static void say(const char *format, ...);
static char *visible(char *out, const char *text, size_t n);

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: desk-server HOST:PORT\n");
		return 2;
	}
	const char *addr = argv[1];
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN); /* an answer to a caller that has left must fail, not kill us */

	struct addrinfo *at = resolve(addr);
	int on = 1, listener = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(listener, at->ai_addr, at->ai_addrlen) < 0 ||
	    listen(listener, SOMAXCONN) < 0) {
		fprintf(stderr, "desk-server: listen %s: %s\n", addr, strerror(errno));
		return 1;
	}
	freeaddrinfo(at);
	struct sockaddr_storage own;
	socklen_t len = sizeof own;
	char port[6] = "";
	getsockname(listener, (struct sockaddr *)&own, &len);
	getnameinfo((struct sockaddr *)&own, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
	say("listening on %.*s:%s\n", (int)(strrchr(addr, ':') - addr), addr, port);

	/* Callers have threads of their own. So this thread may wait for a
	 * person, and callers are still accepted and heard. */
	pthread_t door;
	errno = pthread_create(&door, NULL, serve, &listener);
	if (errno) {
		fprintf(stderr, "desk-server: thread: %s\n", strerror(errno));
		return 1;
	}
	char line[TYPED_MAX];
	for (size_t n; (n = typed(line)) > 0;)
		answer(line, n);
	/* ^D. The kernel closes every connection of a process that ends.
	 * NOTE: where something has arrived that we did not read, that close is a
	 * reset, and may overtake the last answer; lesson 3.9. */
	return 0;
}

static void stop(int sig)
{
	(void)sig;
	_exit(0); /* not exit, which may not be called in a handler: signal-safety(7) */
}

/* resolve looks HOST:PORT up, or ends the program. */
static struct addrinfo *resolve(const char *addr)
{
	char host[256], port[6], more;
	if ((sscanf(addr, "[%255[^]]]:%5[0-9]%c", host, port, &more) != 2 &&
	     sscanf(addr, "%255[^][:]:%5[0-9]%c", host, port, &more) != 2) || atoi(port) > 65535) {
		fprintf(stderr, "desk-server: listen %s: it isn't HOST:PORT\n", addr);
		exit(2);
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list);
	if (bad) {
		fprintf(stderr, "desk-server: listen %s: %s\n", addr, gai_strerror(bad));
		exit(1);
	}
	return list;
}

/* serve accepts callers, numbers them and gives each a thread. */
static void *serve(void *arg)
{
	int *listener = arg;
	for (int number = 1;; number++) {
		pthread_mutex_lock(&lock);
		while (ncallers == CALLERS_MAX)
			pthread_cond_wait(&changed, &lock);
		ncallers++;
		pthread_mutex_unlock(&lock);

		int conn;
		while ((conn = accept(*listener, NULL, NULL)) < 0) {
			/* This error passes: no descriptor is free (EMFILE, ENFILE), no
			 * memory, or the caller has gone again. To ask at once would
			 * only fail again. */
			complain("accept", 0, errno);
			sleep(1);
		}
		/* A send that has waited for PATIENCE gives up. It waits at all
		 * only when the caller doesn't read and the buffers on the way are
		 * full. */
		struct timeval patience = {.tv_sec = PATIENCE};
		setsockopt(conn, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);

		struct caller *c = malloc(sizeof *c);
		if (!c)
			abort();
		*c = (struct caller){.number = number, .conn = conn};
		pthread_t thread;
		errno = pthread_create(&thread, NULL, receive, c);
		if (errno == 0) {
			pthread_detach(thread);
		} else {
			fprintf(stderr, "desk-server: thread: %s\n", strerror(errno));
			hang_up(c);
		}
	}
}

/* receive is the life of a caller: its thread takes messages until it leaves.
 * NOTE: what one receive returns is taken for one message. A stream has none:
 * two sent quickly may arrive as one; lesson 4.2 shows it and what to do. */
static void *receive(void *arg)
{
	struct caller *c = arg;
	char message[RECEIVE_SIZE], shown[3 * RECEIVE_SIZE + 1];
	for (;;) {
		/* We need no words to slow somebody down: what we don't read fills our
		 * kernel's buffer, then the caller's, and then its send waits.
		 * NOTE: as long as we don't read, we can't see it leave either. */
		pthread_mutex_lock(&lock);
		while (c->unanswered == UNANSWERED_MAX)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);

		ssize_t n = recv(c->conn, message, sizeof message, 0);
		if (n < 0)
			complain("receive from", c->number, errno);
		/* Both under one lock: the order on the screen is the order of answers. */
		pthread_mutex_lock(&lock);
		/* 0: the caller says no more. Perhaps it has gone; perhaps it has closed
		 * its sending half only, and waits for answers: what it has asked counts. */
		while (n == 0 && c->unanswered > 0 && !c->gone)
			pthread_cond_wait(&changed, &lock);
		if (n <= 0 || c->gone)
			break;
		waiting[nwaiting++] = c;
		c->unanswered++;
		say("[%d] %s\n", c->number, visible(shown, message, n));
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_unlock(&lock);
	hang_up(c);
	return NULL;
}

/* hang_up closes the caller's socket. The next accept may get the same number
 * for a descriptor, and an answer still on its way would go to the wrong caller:
 * so we interrupt it, and wait for its end. (Go's conn knows when it is closed.
 * A number knows nothing.) */
static void hang_up(struct caller *c)
{
	shutdown(c->conn, SHUT_RDWR); /* a send that waits fails now */
	pthread_mutex_lock(&lock);
	while (c->answering)
		pthread_cond_wait(&changed, &lock);
	close(c->conn);
	forget(c);
	ncallers--;
	pthread_cond_broadcast(&changed);
	say("[%d] left\n", c->number);
	pthread_mutex_unlock(&lock);
	free(c);
}

/* forget drops the caller's unanswered messages. The lock is held. */
static void forget(struct caller *c)
{
	size_t kept = 0;
	for (size_t i = 0; i < nwaiting; i++)
		if (waiting[i] != c)
			waiting[kept++] = waiting[i];
	nwaiting = kept;
}

/* answer sends the line to the caller who has waited longest.
 * NOTE: a caller may leave while the operator is typing; the line then answers
 * the next one. Real desks put the number into the answer. */
static void answer(const char *line, size_t n)
{
	pthread_mutex_lock(&lock);
	struct caller *c = nwaiting ? waiting[0] : NULL;
	if (c) {
		memmove(waiting, waiting + 1, --nwaiting * sizeof *waiting);
		c->answering = true;
	}
	pthread_mutex_unlock(&lock);
	if (!c) {
		fprintf(stderr, "desk-server: send: nobody waits for an answer\n");
		return;
	}
	/* The lock is released: send may take PATIENCE, and the others must be
	 * heard meanwhile. Only the line's bytes travel, not its newline. A
	 * send that takes fewer has waited, and its time is over. */
	ssize_t sent = send(c->conn, line, n, 0);
	bool late = sent >= 0 || errno == EAGAIN;
	if (sent != (ssize_t)n)
		complain("send to", c->number, late ? ETIMEDOUT : errno);

	pthread_mutex_lock(&lock);
	c->answering = false;
	c->unanswered--;
	if (sent != (ssize_t)n) {
		/* Perhaps a part is on its way, and the caller would read our next
		 * line as its end. This conversation is over: end the recv that
		 * waits. */
		c->gone = true;
		forget(c);
		shutdown(c->conn, SHUT_RDWR);
	}
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
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
			fprintf(stderr, "desk-server: send: refused, the line is longer than %d bytes\n", TYPED_MAX);
		else if (n > 0 || c == EOF)
			return n;
		else /* a stream has no empty messages */
			fprintf(stderr, "desk-server: send: refused, the line is empty\n");
	}
}

/* complain says what failed, in the system's own words: the first ten times, and
 * then each time that the number has doubled. A storm of resets must not bury
 * everything else. */
static void complain(const char *what, int caller, int why)
{
	static atomic_int complaints;
	int n = ++complaints;
	if (n > 10 && (n & (n - 1)) != 0)
		return;
	fprintf(stderr, "desk-server: %s", what);
	if (caller)
		fprintf(stderr, " %d", caller);
	fprintf(stderr, n > 10 ? ": %s (complaint %d; not all are shown)\n" : ": %s\n", strerror(why), n);
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
		fprintf(stderr, "desk-server: write: %s\n", strerror(errno));
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
