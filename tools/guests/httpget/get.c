/*
 * http-get asks a web server for a page, over a plain socket.
 *
 *	cc -o http-get get.c
 *	./http-get [-i | -body] [-o FILE] http://HOST[:PORT][/PATH][?QUERY]
 *
 * It prints every byte that comes until the server closes; with -i the status
 * line and headers only; with -body the body only, decoded. -o writes to FILE.
 * Read lessons/5.1-http-get.md.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	PIECE_SIZE = 256 << 10, /* bytes that one receive asks for: all of a body that we keep */
	HEAD_MAX = 1 << 20,     /* bytes of status line and headers */
	INTERIM_MAX = 10,       /* 1xx answers before the real one */
	URL_MAX = 8000,         /* bytes */
	PATIENCE = 30,          /* seconds of silence; a download may take longer */
};

static enum { RAW, HEAD, BODY } mode;
static const char *url; /* as typed, for messages */
static FILE *out;
static int conn;
static const char *ended; /* how the stream ended, once it did */
static const char cut[] = "cut short";

static void split(char *request, char *host, char *port);
static int dial(const char *host, const char *port);
static void read_answer(void);
static long long body_length(const char *head);
static void read_chunks(void);
static void read_line(char *line, size_t size);
static void read_body(long long length);
static int next(void);
static void fail(int code, const char *format, ...);

int main(int argc, char **argv)
{
	const char *file = NULL;
	int at = 1;
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "-i") == 0 && mode != BODY)
			mode = HEAD;
		else if (strcmp(argv[at], "-body") == 0 && mode != HEAD)
			mode = BODY;
		else if (strcmp(argv[at], "-o") == 0 && at + 1 < argc)
			file = argv[++at];
		else
			at = argc; /* no such option */
	}
	if (at != argc - 1) {
		fprintf(stderr, "usage: http-get [-i | -body] [-o FILE] URL\n");
		return 2;
	}

	/* A URL is for people. It holds three things for us: whom to call, which
	 * name to say, and what to ask for. */
	url = argv[at];
	char request[2 * URL_MAX], host[256], port[6];
	split(request, host, port);

	conn = dial(host, port);

	/* NOTE: what FILE held is gone now, even if the answer is cut short. The Go
	 * program writes to FILE.part, and renames that when it is whole. */
	out = file ? fopen(file, "wb") : stdout;
	if (!out)
		fail(1, "open %s: %s", file, strerror(errno));

	/* A server that has gone already shall be an error here, not a signal. For
	 * stdout the signal is right: | head -1 ends us quietly, as it does cat.
	 * (Python ignores it everywhere, Go everywhere but on stdout and stderr.) */
	signal(SIGPIPE, SIG_IGN);
	for (size_t sent = 0, n = strlen(request); sent < n;) {
		ssize_t some = send(conn, request + sent, n - sent, 0);
		if (some < 0)
			fail(1, "send to %s:%s: %s", host, port, strerror(errno));
		sent += some; /* perhaps not all of it: offer the rest again */
	}
	signal(SIGPIPE, SIG_DFL);

	/* We don't half-close, though we have no more to say: some servers take
	 * the end of our stream for a caller who left, and drop the answer. */
	read_answer();
	close(conn);
	if (fclose(out))
		fail(1, "write: %s", strerror(errno));
	return 0;
}

/* split takes an http URL apart (RFC 3986, section 3), and refuses what can't
 * be asked. Nothing is decoded: %0d%0a travels as those six characters. */
static void split(char *request, char *host, char *port)
{
	/* A space would end the path early; CR LF would start a header of its own,
	 * written by whoever made the URL. */
	for (int i = 0; url[i]; i++)
		if (url[i] <= ' ' || url[i] >= 0x7f)
			fail(2, "split URL: %s at byte %d; write it as %%%02X",
			     url[i] == ' ' ? "a space" : "an unfit character", i + 1, url[i] & 0xff);
	if (strncasecmp(url, "https://", 8) == 0)
		fail(2, "split URL: https is HTTP inside TLS, which this http-get does not speak");
	if (strncasecmp(url, "http://", 7) != 0)
		fail(2, "split URL: a URL to ask begins with http://");
	if (strlen(url) > URL_MAX)
		fail(2, "split URL: longer than %d bytes", URL_MAX);

	/* HOST[:PORT], up to the first / or ?. An IPv6 address has brackets, which
	 * divide its colons from the port's. */
	const char *server = url + 7, *end = server + strcspn(server, "/?#");
	const char *colon = end;
	while (colon > server && strchr("0123456789", colon[-1]))
		colon--;
	long number = strtol(colon, NULL, 10);
	if (colon > server && colon[-1] == ':')
		colon--;
	else
		colon = end, number = 80;
	if (colon + 1 == end)
		number = 80; /* a bare colon means the default too */
	if (number < 1 || number > 65535)
		fail(2, "split URL: the port is not a number from 1 to 65535");
	snprintf(port, 6, "%ld", number);

	struct in6_addr ip;
	bool brackets = *server == '[' && colon[-1] == ']';
	int len = (int)(colon - server) - 2 * brackets;
	size_t good = strspn(server, "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	if (len < 1 || len > 255)
		fail(2, "split URL: no host, or one that is too long");
	snprintf(host, 256, "%.*s", len, server + brackets);
	if (brackets && inet_pton(AF_INET6, host, &ip) != 1)
		fail(2, "split URL: %s is not an IPv6 address", host);
	if (!brackets && server + good < colon)
		fail(2, "split URL: host holds '%c'; letters, digits, - . and _ can stand there", server[good]);

	/* The request is text. Each line ends with CR LF, and an empty line says
	 * that it is complete; without it, the server would go on waiting. What
	 * follows # is for the reader of the page, and never leaves our side. */
	snprintf(request, 2 * URL_MAX,
		"GET %s%.*s HTTP/1.1\r\n"
		"Host: %.*s%s%s\r\n"    /* one address can serve many sites: which one we mean */
		"Connection: close\r\n" /* or the server waits for our next request */
		"\r\n",
		*end == '/' ? "" : "/", (int)strcspn(end, "#"), end,
		(int)(colon - server), server, number == 80 ? "" : ":", number == 80 ? "" : port);
}

/* dial connects to the first of the host's addresses that agrees. HTTP is only
 * a habit of talking: to the kernel this is a connection like any other. */
static int dial(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int bad = getaddrinfo(host, port, &hints, &list), sock = -1, why = 0;
	if (bad)
		fail(1, "dial %s:%s: %s", host, port, gai_strerror(bad));
	for (struct addrinfo *at = list; at && sock < 0; at = at->ai_next) {
		sock = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		why = errno;
		if (sock < 0)
			continue;
		/* How long any one call may wait; on Linux this is for connect too. */
		struct timeval patience = {.tv_sec = PATIENCE};
		setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
		setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		if (connect(sock, at->ai_addr, at->ai_addrlen) < 0) {
			why = errno == EINPROGRESS ? ETIMEDOUT : errno;
			close(sock);
			sock = -1;
		}
	}
	freeaddrinfo(list);
	if (sock < 0)
		fail(1, "dial %s:%s: %s%s", host, port, strerror(why),
		     why == ECONNREFUSED ? "\nhttp-get: hint: is a web server running there?" : "");
	return sock;
}

/* read_answer reads the head, then the body to the end that the head announces.
 * An answer without its end is none, whatever has been printed of it. */
static void read_answer(void)
{
	static char head[HEAD_MAX + 1];
	int status = 0;
	/* Interim answers (100, 103) say that the real one is still to come. 101 is
	 * final: the server speaks another protocol from here on. */
	for (int interim = 0; status < 200 && status != 101; interim++) {
		if (interim > INTERIM_MAX)
			fail(1, "read headers of %s: more than %d interim answers", url, INTERIM_MAX);
		/* Up to and including an empty line. A receive knows nothing of lines:
		 * it may bring half of one, or fifty. */
		size_t n = 0;
		while (n < 2 || (strcmp(head + n - 2, "\n\n") != 0 && (n < 3 || strcmp(head + n - 3, "\n\r\n") != 0))) {
			int c = next();
			if (c == EOF)
				fail(1, "read headers of %s: %s", url, n ? ended : "closed without an answer");
			head[n++] = (char)c;
			head[n] = '\0';
			/* Everything in HTTP starts by saying that it is HTTP. */
			if (c == '\0' || n == HEAD_MAX || strncmp(head, "HTTP/", n < 5 ? n : 5) != 0)
				fail(1, "read headers of %s: not HTTP, or too long", url);
		}
		if (sscanf(head, "HTTP/%*1d.%*1d %3d", &status) != 1 || status < 100)
			fail(1, "read headers of %s: not HTTP", url);
	}
	/* Three ways to say where a body ends: "chunked" cuts it into counted
	 * pieces, the last one empty; Content-Length counts its bytes; without
	 * either, it ends when the server closes (RFC 9112, section 6.3). */
	long long length = body_length(head);
	if (mode == HEAD)
		fputs(head, out);
	if (status == 101 || status == 204 || status == 304)
		length = 0;
	if (length == -2)
		read_chunks();
	else
		read_body(length);

	/* Raw means until the server closes, even when the answer was complete. */
	while (mode == RAW && next() != EOF)
		;
}

/* body_length returns the body's bytes, -1 for "until the server closes", and
 * -2 for chunks. NOTE: header lines that go on in the next line aren't joined. */
static long long body_length(const char *head)
{
	long long length = -1;
	bool chunked = false;
	for (const char *line = head; *line; line = strchr(line, '\n') + 1) {
		const char *value = line + strcspn(line, ":\n");
		if (*value == ':')
			value += 1 + strspn(value + 1, " \t");
		if (strncasecmp(line, "Content-Length:", 15) == 0) {
			size_t digits = strspn(value, "0123456789");
			long long n = strtoll(value, NULL, 10);
			if (!digits || digits > 18 || value[digits + strspn(value + digits, " \t\r")] != '\n')
				fail(1, "read headers of %s: Content-Length is not a number", url);
			if (length >= 0 && length != n)
				fail(1, "read headers of %s: two different Content-Lengths", url);
			length = n;
		}
		if (strncasecmp(line, "Transfer-Encoding:", 18) == 0) {
			if (strncasecmp(value, "chunked", 7) != 0 || value[7 + strspn(value + 7, " \t\r")] != '\n')
				fail(1, "read headers of %s: can't decode its Transfer-Encoding", url);
			chunked = true;
		}
	}
	return chunked ? -2 : length;
}

/* read_chunks reads a body in chunks: a line with the size in hexadecimal, the
 * bytes, an empty line; again; and a size of 0. Then come more headers. */
static void read_chunks(void)
{
	char line[4096];
	for (;;) {
		read_line(line, sizeof line);
		size_t digits = strspn(line, "0123456789abcdefABCDEF");
		if (!digits || digits > 15 || !strchr("; \t", line[digits]))
			fail(1, "read body of %s: a chunk without its size", url);
		long long size = strtoll(line, NULL, 16);
		if (size == 0)
			break;
		read_body(size);
		read_line(line, sizeof line);
		if (*line)
			fail(1, "read body of %s: a chunk longer than its size", url);
	}
	do
		read_line(line, sizeof line);
	while (*line);
}

/* read_line reads a line, and drops its end: CR LF, or LF alone. */
static void read_line(char *line, size_t size)
{
	size_t n = 0;
	for (int c; (c = next()) != '\n'; line[n++] = (char)c)
		if (c == EOF || n == size - 1)
			fail(1, "read body of %s: %s", url, c == EOF ? ended : "a line too long");
	line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
}

/* read_body reads length bytes of the body, or to the end if that is -1. */
static void read_body(long long length)
{
	for (long long came = 0; came != length; came++) {
		int c = next();
		if (c == EOF && length < 0 && ended == cut)
			return; /* a close is all there is to tell us that it was all */
		if (c == EOF && length < 0)
			fail(1, "read body of %s: %s", url, ended);
		if (c == EOF)
			fail(1, "read body of %s: %s: %lld of %lld bytes came", url, ended, came, length);
		if (mode == BODY)
			putc(c, out);
	}
}

/* next returns one byte of the stream, or EOF. It receives when all that came
 * has been taken: as much as has arrived, at most PIECE_SIZE. No receive ever
 * says "this was the last": only the one after it, with no bytes at all. */
static int next(void)
{
	static unsigned char piece[PIECE_SIZE];
	static ssize_t came, taken;
	if (taken == came) {
		/* stdio keeps what we print until it has a line or a bufferful.
		 * Whoever watches shall have all of it before we wait. */
		if (fflush(out)) {
			ended = "we can't print it";
			fail(1, "write: %s", strerror(errno));
		}
		if (ended)
			return EOF;
		came = recv(conn, piece, sizeof piece, 0);
		taken = 0;
		if (came <= 0) {
			ended = came == 0 ? cut : strerror(errno == EAGAIN ? ETIMEDOUT : errno);
			came = 0;
			return EOF;
		}
		if (mode == RAW)
			fwrite(piece, 1, came, out);
	}
	return piece[taken++];
}

/* fail ends the program: 1, something failed; 2, there was nothing to try. */
static void fail(int code, const char *format, ...)
{
	while (mode == RAW && out && !ended && next() != EOF)
		; /* what isn't HTTP is shown too, and then complained of */
	if (out)
		fflush(out);
	va_list args;
	va_start(args, format);
	fprintf(stderr, "http-get: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(code);
}
