/*
 * chat-server is a room: many callers, and everyone hears everyone else.
 *
 *	cc -o chat-server server.c
 *	./chat-server HOST:PORT
 *
 * Read lessons/4.3-room.md. The Go program has two goroutines for each caller;
 * this one has a single thread, which asks poll who is ready, and never waits
 * for anybody else. So it needs no lock.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

enum {
	CALLERS_MAX = 2000,      /* further ones wait in the kernel's queue, the backlog */
	SAID_MAX = 4096,         /* bytes in a line that a caller says, its end not counted */
	NAME_CHARS = 32,         /* characters in a name, each of up to 4 bytes */
	QUEUE_MAX = 1 << 20,     /* bytes pending for one caller; and as many in the kernel */
	GOODBYE = 1000,          /* milliseconds for the end of a conversation */
	DRAIN_MAX = 1 << 20,     /* bytes that we read and throw away then */
	TOLD_MAX = 1 << 18,      /* bytes in any line of ours: /who's is the longest */
};

struct caller {
	int conn;
	char name[4 * NAME_CHARS + 1]; /* empty until the room has let it in */
	char said[SAID_MAX + 2];      /* what came and is no line yet, with its CR LF */
	size_t nsaid;
	bool skipping;                /* the rest of a line that is too long */
	char queue[QUEUE_MAX];        /* whole lines that are still to be sent */
	size_t pending;
	bool full;                    /* the queue was, once */
	bool gone;                    /* the connection is broken */
	bool leaving;                 /* nothing is added to the queue any more */
	bool finished;                /* we have half-closed */
	bool closed;                  /* the caller has closed its side */
	long long deadline;           /* for the end of the conversation, in milliseconds */
	size_t drained;
};

static struct caller *callers[CALLERS_MAX];
static int ncallers;
static long long shut_until; /* the door, in milliseconds */
static int stop_pipe[2];

static void stop(int sig);
static struct addrinfo *resolve(const char *addr);
static void welcome(int listener);
static void receive(struct caller *c);
static void hear(struct caller *c, const char *line, size_t n);
static void admit(struct caller *c, const char *name, size_t n);
static const char *check_name(const char *name, size_t n);
static bool same_name(const char *one, const char *other, size_t n);
static void leave(struct caller *c, const char *how);
static void close_room(void);
static void say(const struct caller *except, const char *format, ...);
static void tell(struct caller *c, const char *format, ...);
static void push(struct caller *c, const char *line);
static void flush(struct caller *c);
static void sweep(void);
static void print(const char *format, ...);
static char *visible(char *out, const char *text, size_t n);
static size_t decode(const char *text, size_t n, uint32_t *character);
static long long now(void);

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: chat-server HOST:PORT\n");
		return 2;
	}
	const char *addr = argv[1];
	/* A locale says what is a letter; the one we begin with knows only ASCII's. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
	signal(SIGPIPE, SIG_IGN); /* send to a caller that has left must fail, not kill us */

	/* poll waits for descriptors, and a signal is none. So the handler writes
	 * into a pipe, and the pipe is polled like any socket. */
	struct sigaction action = {.sa_handler = stop};
	if (pipe(stop_pipe) < 0 || sigaction(SIGINT, &action, NULL) < 0 || sigaction(SIGTERM, &action, NULL) < 0) {
		fprintf(stderr, "chat-server: signals: %s\n", strerror(errno));
		return 1;
	}

	struct addrinfo *at = resolve(addr);
	int on = 1, listener = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(listener, at->ai_addr, at->ai_addrlen) < 0 ||
	    listen(listener, SOMAXCONN) < 0 ||
	    fcntl(listener, F_SETFL, O_NONBLOCK) < 0) { /* a caller that poll reported may be gone at accept */
		fprintf(stderr, "chat-server: listen %s: %s\n", addr, strerror(errno));
		return 1;
	}
	freeaddrinfo(at);
	struct sockaddr_storage own;
	socklen_t len = sizeof own;
	char port[6] = "";
	getsockname(listener, (struct sockaddr *)&own, &len);
	getnameinfo((struct sockaddr *)&own, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
	print("listening on %.*s:%s\n", (int)(strrchr(addr, ':') - addr), addr, port);

	/* The loop: ask who is ready, serve those, and ask again. Nothing in it
	 * waits, except poll. A descriptor of -1 is one that poll passes over.
	 * NOTE: and except printf. A terminal stopped with ^S stops the room. */
	while (listener >= 0 || ncallers > 0) {
		struct pollfd ready[2 + CALLERS_MAX];
		int n = ncallers, timeout = -1;
		ready[0] = (struct pollfd){.fd = listener < 0 ? -1 : stop_pipe[0], .events = POLLIN};
		bool shut = n == CALLERS_MAX || now() < shut_until;
		if (shut)
			timeout = 1000;
		ready[1] = (struct pollfd){.fd = shut ? -1 : listener, .events = POLLIN};
		for (int i = 0; i < n; i++) {
			struct caller *c = callers[i];
			int in = c->closed ? 0 : POLLIN, out = c->pending ? POLLOUT : 0;
			ready[2 + i] = (struct pollfd){.fd = c->conn, .events = (short)(in | out)};
			if (c->leaving)
				timeout = 50; /* to look at its deadline */
		}
		if (poll(ready, 2 + n, timeout) < 0)
			continue; /* EINTR: the pipe will say why */

		for (int i = 0; i < n; i++) {
			if (ready[2 + i].revents & POLLOUT)
				flush(callers[i]);
			if (ready[2 + i].revents & ~POLLOUT)
				receive(callers[i]);
		}
		if (ready[1].revents)
			welcome(listener);
		if (ready[0].revents) {
			close(listener);
			listener = -1;
			close_room();
		}
		sweep();
	}
	return 0;
}

static void stop(int sig)
{
	(void)sig;
	int why = errno;
	if (write(stop_pipe[1], "", 1) < 0)
		_exit(1);
	errno = why;
}

/* resolve looks HOST:PORT up, or ends the program. */
static struct addrinfo *resolve(const char *addr)
{
	char host[256], port[6], more;
	if ((sscanf(addr, "[%255[^]]]:%5[0-9]%c", host, port, &more) != 2 &&
	     sscanf(addr, "%255[^][:]:%5[0-9]%c", host, port, &more) != 2) || atoi(port) > 65535) {
		fprintf(stderr, "chat-server: listen %s: it isn't HOST:PORT\n", addr);
		exit(2);
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list);
	if (bad) {
		fprintf(stderr, "chat-server: listen %s: %s\n", addr, gai_strerror(bad));
		exit(1);
	}
	return list;
}

/* welcome accepts a caller and greets it. It isn't in the room yet. */
static void welcome(int listener)
{
	int conn = accept(listener, NULL, NULL), size = QUEUE_MAX;
	if (conn < 0 && errno != EAGAIN && errno != EINTR) {
		/* This error passes: no descriptor is free (EMFILE, ENFILE), no
		 * memory, or the caller has gone again. To ask at once would only
		 * fail again, so we look when somebody has left, and after a second
		 * in any case. */
		static long long silent_until; /* one line a minute is enough */
		if (now() >= silent_until) {
			fprintf(stderr, "chat-server: accept: %s\n", strerror(errno));
			silent_until = now() + 60000;
		}
		shut_until = now() + 1000;
	}
	if (conn < 0)
		return;
	struct caller *c = calloc(1, sizeof *c); /* pages of the queue cost nothing before they are used */
	if (!c) {
		close(conn);
		return;
	}
	/* With O_NONBLOCK, recv and send fail with EAGAIN where they would
	 * wait. The kernel has a queue too, as long as it likes: from now on as
	 * long as ours. */
	fcntl(conn, F_SETFL, O_NONBLOCK);
	setsockopt(conn, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	c->conn = conn;
	callers[ncallers++] = c;
	tell(c, "* welcome: your first line is your name");
}

/* receive takes what has come, and cuts it into lines. How the bytes came, in
 * one receive or in twenty, makes no difference any more. */
static void receive(struct caller *c)
{
	ssize_t n = recv(c->conn, c->said + c->nsaid, sizeof c->said - c->nsaid, 0);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			c->gone = true;
		return;
	}
	if (n == 0) {
		/* The end of the stream, even if only of the half that we read. A last
		 * line without its newline isn't heard: was that all of it? */
		c->closed = true;
		leave(c, "left");
		return;
	}
	c->nsaid += n;
	char *line = c->said, *end = c->said + c->nsaid, *newline;
	while (!c->leaving && (newline = memchr(line, '\n', end - line))) {
		size_t len = newline - line;
		if (len > 0 && line[len - 1] == '\r')
			len--; /* nc on Windows and telnet end a line with CR LF */
		if (!c->skipping && len > SAID_MAX)
			tell(c, "* line refused: longer than %d bytes", SAID_MAX);
		else if (!c->skipping)
			hear(c, line, len);
		c->skipping = false;
		line = newline + 1;
	}
	if (c->leaving) {
		c->nsaid = 0;
		c->drained += n;
		return;
	}
	/* The buffer is all the memory that a line gets. */
	c->nsaid = end - line;
	memmove(c->said, line, c->nsaid);
	if (c->nsaid == sizeof c->said) {
		if (!c->skipping)
			tell(c, "* line refused: longer than %d bytes", SAID_MAX);
		c->skipping = true;
		c->nsaid = 0;
	}
}

/* hear handles one line. Orders to a terminal are made harmless here, in
 * one place: we can't rely on the programs that the others use. */
static void hear(struct caller *c, const char *line, size_t n)
{
	char text[3 * SAID_MAX + 1], word[8] = "", more;
	visible(text, line, n);
	bool alone = sscanf(text, " %7s %c", word, &more) == 1;
	const char *command = text + strspn(text, " ");

	if (alone && strcmp(word, "/quit") == 0) {
		leave(c, "left");
	} else if (!*c->name) {
		admit(c, line, n);
	} else if (alone && strcmp(word, "/who") == 0) {
		char names[TOLD_MAX - 16] = "", *to = names;
		for (int i = 0; i < ncallers; i++)
			if (*callers[i]->name && !callers[i]->leaving)
				to += sprintf(to, "%s%s", *names ? ", " : "", callers[i]->name);
		tell(c, "* here: %s", names);
	} else if (*command == '/') {
		tell(c, "* unknown command %.*s: there are /who and /quit", (int)strcspn(command, " "), command);
	} else if (*text) {
		say(c, "%s: %s", c->name, text);
	}
}

/* admit takes a caller into the room, if its name is good. */
static void admit(struct caller *c, const char *name, size_t n)
{
	for (; n > 0 && name[n - 1] == ' '; n--)
		;
	for (; n > 0 && *name == ' '; n--)
		name++;
	const char *bad = check_name(name, n);
	if (bad) {
		tell(c, "* name refused: %s; another?", bad);
		return;
	}
	for (int i = 0; i < ncallers; i++)
		if (!callers[i]->leaving && same_name(callers[i]->name, name, n)) {
			tell(c, "* name refused: \"%.*s\" is taken; another?", (int)n, name);
			return;
		}
	memcpy(c->name, name, n);
	print("%s joined\n", c->name);
	say(NULL, "* %s joined", c->name);
}

/* check_name returns why a name can't be one, or NULL. It appears on
 * everybody's screen beside our own words, so it must not look like them.
 * It is one word, of the letters and digits of any script and the signs of
 * ASCII. (A character that takes no column is a mark on a letter:
 * wcwidth(3).)
 * NOTE: our list of characters that can't be seen is short. Unicode's is
 * long, and so is its list of names that only look alike. */
static const char *check_name(const char *name, size_t n)
{
	static const struct { uint32_t from, to; } unseen[] = {
		{0, 0x1f}, {0x7f, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
		{0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f},
		{0x205f, 0x206f}, {0x3000, 0x3000}, {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0x10ffff},
	};
	if (n == 0)
		return "it is empty";
	size_t characters = 0, marks = 4; /* none may stand before the first letter */
	const char *bad = NULL;
	for (size_t at = 0, len; at < n; at += len, characters++) {
		uint32_t c;
		len = decode(name + at, n - at, &c);
		if (len == 0)
			return "it isn't UTF-8";
		for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
			if (c >= unseen[i].from && c <= unseen[i].to)
				bad = "it has a control or invisible character";
		if (c != 0 && c < 0x80 && strchr("/*:,", (int)c) && !bad)
			bad = "it has one of / * : and , which mean something here";
		bool mark = c >= 0x80 && wcwidth((wchar_t)c) == 0;
		if (!bad && c == ' ')
			bad = "it is more than one word";
		if (!bad && c >= 0x80 && !mark && !iswalnum(c))
			bad = "it has a sign that is no letter and no digit";
		marks = mark ? marks + 1 : 0;
		if (!bad && marks > 4)
			bad = "it has marks without a letter, or too many on one";
	}
	return characters > NAME_CHARS ? "it is longer than 32 characters" : bad;
}

/* same_name is true for names that differ only in small letters or large, or in
 * the width of ASCII's (ａ).
 * NOTE: é in one piece and é in two are different here; that takes tables. */
static bool same_name(const char *one, const char *other, size_t n)
{
	uint32_t a, b;
	for (const char *end = other + n; *one && other < end;) {
		one += decode(one, strlen(one), &a);
		other += decode(other, (size_t)(end - other), &b);
		a -= a >= 0xff01 && a <= 0xff5e ? 0xfee0 : 0;
		b -= b >= 0xff01 && b <= 0xff5e ? 0xfee0 : 0;
		if (towlower(towupper(a)) != towlower(towupper(b)))
			return false;
		if (other == end || !*one)
			return other == end && !*one;
	}
	return false;
}

/* leave begins a goodbye, once, and tells those who stay. */
static void leave(struct caller *c, const char *how)
{
	if (c->leaving)
		return;
	c->leaving = true;
	c->deadline = now() + GOODBYE;
	if (*c->name) {
		print("%s %s\n", c->name, how);
		say(NULL, "* %s %s", c->name, how);
	}
}

/* close_room says goodbye to all, also to those without a name. */
static void close_room(void)
{
	for (int i = 0; i < ncallers; i++) {
		tell(callers[i], "* the room is closing");
		callers[i]->leaving = true;
		callers[i]->deadline = now() + GOODBYE;
	}
}

/* say tells everyone in the room, except one. */
static void say(const struct caller *except, const char *format, ...)
{
	char line[TOLD_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	for (int i = 0; i < ncallers; i++)
		if (callers[i] != except && *callers[i]->name)
			push(callers[i], line);
}

/* tell tells one caller. */
static void tell(struct caller *c, const char *format, ...)
{
	char line[TOLD_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	push(c, line);
}

/* push adds a line to a caller's queue. It takes no longer if the caller doesn't
 * read. When a queue is full, sweep will drop its caller: the others must not
 * wait. */
static void push(struct caller *c, const char *line)
{
	size_t n = strlen(line);
	if (c->leaving || c->full)
		return;
	if (c->pending + n + 1 > QUEUE_MAX)
		flush(c); /* perhaps it does read, and the burst is too fast for poll */
	if (c->pending + n + 1 > QUEUE_MAX) {
		c->full = true;
		return;
	}
	memcpy(c->queue + c->pending, line, n);
	c->queue[c->pending + n] = '\n';
	c->pending += n + 1;
}

/* flush sends as much of the queue as our kernel takes. Everything that has
 * gathered goes in one send, so a burst costs few system calls. */
static void flush(struct caller *c)
{
	ssize_t n = send(c->conn, c->queue, c->pending, 0);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			c->gone = true;
		return;
	}
	c->pending -= n;
	memmove(c->queue, c->queue + n, c->pending);
}

/* sweep ends what can be ended, while no loop runs over the callers. */
static void sweep(void)
{
	for (int i = 0; i < ncallers; i++) {
		struct caller *c = callers[i];
		if (c->leaving || (!c->full && !c->gone))
			continue;
		if (c->full) {
			/* With linger 0, close doesn't try to deliver what the kernel still
			 * holds: it sends RST and frees the memory. */
			struct linger none = {.l_onoff = 1};
			setsockopt(c->conn, SOL_SOCKET, SO_LINGER, &none, sizeof none);
			c->gone = true;
		}
		leave(c, c->full ? "dropped: not reading" : "left");
		i = -1; /* the news may have filled another queue */
	}

	/* Closing a socket that has something unread sends RST instead of FIN, and
	 * a RST destroys what is still on its way. So: send everything, half-close,
	 * read until the caller has closed too, then close. Within a deadline. */
	int stay = 0;
	for (int i = 0; i < ncallers; i++) {
		struct caller *c = callers[i];
		if (c->leaving && !c->pending && !c->finished) {
			shutdown(c->conn, SHUT_WR);
			c->finished = true;
		}
		bool over = c->leaving && (now() > c->deadline || c->drained > DRAIN_MAX);
		if (c->gone || over || (c->finished && c->closed)) {
			close(c->conn);
			free(c);
			shut_until = 0; /* a descriptor is free */
		} else {
			callers[stay++] = c;
		}
	}
	ncallers = stay;
}

/* print writes a line to stdout. If it can't be written, we have failed, and our
 * caller must know. */
static void print(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vprintf(format, args);
	va_end(args);
	if (n < 0 || fflush(stdout) == EOF) {
		fprintf(stderr, "chat-server: write: %s\n", strerror(errno));
		_exit(1); /* not exit, which would write it again */
	}
}

/* visible makes what a stranger sent safe to print, as a string in out: 3 bytes
 * for each byte of text, and one more. Escape sequences would be orders to our
 * terminal: a control character becomes its picture (U+2400 and its
 * number), and what isn't UTF-8, or can't be seen, becomes U+FFFD. */
static char *visible(char *out, const char *text, size_t n)
{
	char *to = out;
	for (size_t at = 0, len; at < n; at += len ? len : 1) {
		uint32_t c;
		len = decode(text + at, n - at, &c);
		bool unseen = (c >= 0x80 && c < 0xa0) || (c >= 0x200b && c < 0x2010) ||
			      (c >= 0x2028 && c < 0x202f) || (c >= 0x2060 && c < 0x2070);
		if (!len || unseen)
			to += sprintf(to, "\uFFFD");
		else if (c < ' ' || c == 0x7f)
			to += sprintf(to, "\xe2\x90%c", c == 0x7f ? 0xa1 : 0x80 + (int)c);
		else
			to = (char *)memcpy(to, text + at, len) + len;
	}
	*to = '\0';
	return out;
}

/* decode returns how many bytes the first character of text has, or 0 if it
 * isn't UTF-8 (utf-8(7)). Its first byte says how many must follow. */
static size_t decode(const char *text, size_t n, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;
	size_t len = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4, i = 1;
	uint32_t c = len == 1 ? *s : *s & 0xff >> len;
	for (; i < len && i < n && (s[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (s[i] & 0x3f);
	*character = c;
	return i != len || c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : len;
}

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}
