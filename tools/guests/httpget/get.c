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
	HEAD_MAX = 1 << 20,     /* bytes of status lines and headers, interim answers' too */
	SIZE_LINE_MAX = 64 << 10, /* bytes of the line with a chunk's size */
	UNTIL_CLOSE = -1,       /* bodies without a length */
	CHUNKED = -2,
	UNREADABLE = -3,
	URL_MAX = 8000,         /* bytes */
	PATIENCE = 30,          /* seconds of silence; a download may take longer */
};

static enum { RAW, HEAD, BODY } mode;
static const char *url; /* as typed, for messages */
static FILE *out;
static int conn;
static const char *ended; /* how the stream ended, once it did */
static const char cut[] = "cut short";

static char line[HEAD_MAX + 1]; /* the one that was read last */
static size_t len;              /* of it */
static const char *fault;       /* the first thing wrong with a head: said at its end */

/* The values of the two headers that matter to us, a comma before each: two
 * headers of one name are one list (RFC 9110, section 5.3). */
static struct list { char text[2 * HEAD_MAX + 2]; size_t len; } lengths, codings;

static void split(char *request, char *host, char *port);
static int dial(const char *host, const char *port);
static void read_answer(void);
static int read_head(void);
static void read_headers(size_t *room, bool show);
static long long body_length(void);
static long long number(const char *digits, int base);
static void read_chunks(void);
static bool read_line(size_t room);
static bool chomp(void);
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
	argv[at][strcspn(url, "#")] = '\0'; /* what follows is for the reader of the page, and never leaves our side */
	char request[2 * URL_MAX], host[256], port[6];
	split(request, host, port);

	conn = dial(host, port);

	/* NOTE: what FILE held is gone now, even if the answer is cut short. The Go
	 * program writes to FILE.part, and renames that when it is whole. */
	out = file ? fopen(file, "wb") : stdout;
	if (!out)
		fail(1, "open %s: %s", file, strerror(errno));

	/* A server that has gone already must be an error here, not a signal.
	 * For stdout the signal is right: | head -1 ends us quietly, as it does
	 * cat. (Python ignores it everywhere, Go everywhere but on stdout and
	 * stderr.) */
	signal(SIGPIPE, SIG_IGN);
	for (size_t sent = 0, n = strlen(request); sent < n;) {
		ssize_t some = send(conn, request + sent, n - sent, 0);
		if (some < 0)
			fail(1, "send to %s:%s: %s", host, port, strerror(errno));
		sent += some; /* perhaps not all of it: offer the rest again */
	}
	signal(SIGPIPE, SIG_DFL);

	/* We don't half-close, though we have no more to say: some servers take
	 * the end of our stream for a caller that has left, and drop the
	 * answer. */
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
	/* A space would end the path early; CR LF would start a header of its
	 * own, written by the author of the URL. */
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

	/* HOST[:PORT], up to the first / or ?. An IPv6 address has brackets,
	 * which separate its colons from the port's. */
	const char *server = url + 7, *end = server + strcspn(server, "/?");
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

	/* 127.1 is an IPv4 address as well: 127.0.0.1. */
	struct addrinfo numeric = {.ai_family = AF_INET, .ai_flags = AI_NUMERICHOST}, *found;
	if (!brackets && getaddrinfo(host, NULL, &numeric, &found) == 0) {
		getnameinfo(found->ai_addr, found->ai_addrlen, host, 256, NULL, 0, NI_NUMERICHOST);
		freeaddrinfo(found);
	}

	/* The request is text. Each line ends with CR LF, and an empty line says
	 * that it is complete; without it, the server would go on waiting. */
	snprintf(request, 2 * URL_MAX,
		"GET %s%s HTTP/1.1\r\n"
		"Host: %s%s%s%s%s\r\n"    /* one address can serve many sites: which one we mean */
		"Connection: close\r\n" /* or the server waits for our next request */
		"\r\n",
		*end == '/' ? "" : "/", end,
		brackets ? "[" : "", host, brackets ? "]" : "", number == 80 ? "" : ":", number == 80 ? "" : port);
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

/* read_answer reads the head, then the body to the end that the head
 * announces. An answer without its end is an error, even if much of it has
 * been printed. */
static void read_answer(void)
{
	/* Interim answers (100, 103) say that the real one is still to come. 101 is
	 * final: the server speaks another protocol from here on. */
	int status;
	do
		status = read_head();
	while (status >= 100 && status < 200 && status != 101);

	/* Three ways to say where a body ends: "chunked" cuts it into counted
	 * pieces, the last one empty; Content-Length counts its bytes; without
	 * either, it ends when the server closes (RFC 9112, section 6.3). */
	bool none = status == 101 || status == 204 || status == 304;
	long long length = none ? 0 : body_length();
	if (mode == HEAD)
		return; /* the body may have no end */
	if (length == CHUNKED)
		read_chunks();
	else if (length == UNREADABLE)
		fail(1, "read body of %s: can't decode its Transfer-Encoding (RFC 9112, section 7.4)", url);
	else
		read_body(length);

	/* Raw means until the server closes, even when the answer was complete. */
	while (mode == RAW && next() != EOF)
		;
}

/* read_head reads a status line and headers, and returns the status. */
static int read_head(void)
{
	static size_t room = HEAD_MAX;
	bool whole = read_line(room);
	room -= len;
	if (len == 0)
		fail(1, "read headers of %s: %s", url, ended == cut ? "closed without an answer" : ended ? ended : "too long");
	/* Everything in HTTP starts by saying that it is HTTP. */
	if (strncmp(line, "HTTP/", len < 5 ? len : 5) != 0)
		fail(1, "read headers of %s: not HTTP", url);
	if (mode == HEAD)
		fwrite(line, 1, len, out);

	int status = 0;
	if (whole && chomp()) {
		char *code = line + 8 + (len > 8 ? strspn(line + 8, " ") : 0);
		if (strncmp(line, "HTTP/1.", 7) != 0 || !strchr("0123456789", line[7]) || line[8] != ' ' ||
		    strspn(code, "0123456789") != 3 || (code + 3 != line + len && code[3] != ' '))
			fault = "not the status line of HTTP/1.1 (RFC 9112, section 4)";
		else
			status = atoi(code);
	}
	read_headers(&room, mode == HEAD);
	return status;
}

/* read_headers reads headers up to an empty line. A person who asked for them must
 * see them all, so a fault in one is reported at the end. */
static void read_headers(size_t *room, bool show)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	bool first = true;
	struct list *list = NULL; /* where a line that goes on goes on */
	lengths.len = codings.len = 0;
	for (;; first = false) {
		bool whole = read_line(*room);
		*room -= len;
		if (show)
			fwrite(line, 1, len, out);
		if (!whole)
			fail(1, "read headers of %s: %s", url, fault ? fault : *room ? ended : "no empty line within a mebibyte");
		if (!chomp() && line[0] != '\r')
			continue;
		if (strspn(line, "\r") == len)
			break;
		size_t name = strspn(line, token);
		bool goes_on = line[0] == ' ' || line[0] == '\t';
		if (goes_on ? first : name == 0 || line[name] != ':')
			fault = fault ? fault : "not a header (RFC 9112, section 5)";
		if (fault)
			continue;
		char *value = goes_on ? line : line + name + 1;
		for (char *c = value; c < line + len; c++)
			if ((*c >= 0 && *c < ' ' && *c != '\t') || *c == 0x7f)
				fault = "a control character in a header (RFC 9110, section 5.5)";
		if (!goes_on)
			list = name == 14 && strncasecmp(line, "Content-Length", name) == 0 ? &lengths :
			       name == 17 && strncasecmp(line, "Transfer-Encoding", name) == 0 ? &codings : NULL;
		if (list)
			list->len += sprintf(list->text + list->len, "%c%s", goes_on ? ' ' : ',', value);
	}
	if (fault)
		fail(1, "read headers of %s: %s", url, fault);
}

/* part returns the next part of a list, in which an empty one is none, or NULL. */
static char *part(char **list)
{
	while (**list) {
		char *from = *list + strspn(*list, ", \t"), *end = from + strcspn(from, ",");
		*list = *end ? end + 1 : end;
		while (end > from && strchr(" \t", end[-1]))
			end--;
		*end = '\0';
		if (*from)
			return from;
	}
	return NULL;
}

/* body_length returns how many bytes the body has, or one of the other kinds. */
static long long body_length(void)
{
	int parts = 0, chunked = 0;
	lengths.text[lengths.len] = codings.text[codings.len] = '\0';
	for (char *list = codings.text, *coding; (coding = part(&list)); parts++)
		chunked += strcasecmp(coding, "chunked") == 0;
	if (chunked > 1 && chunked == parts)
		fail(1, "read headers of %s: chunked more than once (RFC 9112, section 6.1)", url);
	/* Who believes the length reads another answer than we would. */
	if (chunked == 1 && parts == 1 && lengths.len)
		fail(1, "read headers of %s: both Transfer-Encoding and Content-Length (RFC 9112, section 6.3)", url);
	if (parts)
		return parts == chunked ? CHUNKED : UNREADABLE;

	if (!lengths.len)
		return UNTIL_CLOSE;
	long long length = -1;
	for (char *list = lengths.text, *digits; (digits = part(&list));) {
		if (digits[strspn(digits, "0123456789")])
			fail(1, "read headers of %s: Content-Length is not digits (RFC 9110, section 8.6)", url);
		long long n = number(digits, 10);
		if (length >= 0 && length != n)
			fail(1, "read headers of %s: two different Content-Lengths (RFC 9112, section 6.3)", url);
		length = n;
	}
	if (length < 0)
		fail(1, "read headers of %s: Content-Length is not digits (RFC 9110, section 8.6)", url);
	return length;
}

static long long number(const char *digits, int base)
{
	errno = 0;
	long long n = strtoll(digits, NULL, base);
	if (errno)
		fail(1, "read %s: a length that is more than we can count", url);
	return n;
}

/* read_chunks reads a body in chunks: a line with the size in hexadecimal, the
 * bytes, an empty line; again; and a size of 0. Then come more headers. */
static void read_chunks(void)
{
	for (;;) {
		if (!read_line(SIZE_LINE_MAX))
			fail(1, "read body of %s: %s", url, len < SIZE_LINE_MAX ? ended : "a line too long");
		/* What comes behind a semicolon is an extension, and we know none. */
		size_t digits = strspn(line, "0123456789abcdefABCDEF");
		char *behind = line + digits + strspn(line + digits, " \t"), *end = line + len - 2;
		if (!digits || *end != '\r' || memchr(line, '\r', len - 2) || (*behind != ';' && behind != end))
			fail(1, "read body of %s: not the line with a chunk's size (RFC 9112, section 7.1)", url);
		long long size = number(line, 16);
		if (size == 0)
			break;
		read_body(size);
		for (const char *want = "\r\n"; *want; want++) {
			int c = next();
			if (c != *want)
				fail(1, "read body of %s: %s", url, c == EOF ? ended : "a chunk's size was wrong (RFC 9112, section 7.1)");
		}
	}
	size_t room = HEAD_MAX;
	read_headers(&room, false);
}

/* read_line reads a line with its end, and reports whether it came within that
 * many bytes. A receive knows nothing of lines: it may bring half of one, or fifty. */
static bool read_line(size_t room)
{
	int c = 0;
	for (len = 0; len < room && c != '\n' && (c = next()) != EOF; len++)
		line[len] = (char)c;
	line[len] = '\0';
	return c == '\n';
}

/* chomp takes the end off the line: CR LF, or LF alone. A CR elsewhere is wrong. */
static bool chomp(void)
{
	len--;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (!memchr(line, '\r', len))
		return true;
	fault = fault ? fault : "a CR too many (RFC 9112, section 2.2)";
	return false;
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

/* next returns one byte of the stream, or EOF. When all bytes that came
 * have been taken, it receives again: as many as have arrived, at most
 * PIECE_SIZE. No receive ever says "this was the last": only the one after
 * it, with no bytes at all. */
static int next(void)
{
	static unsigned char piece[PIECE_SIZE];
	static ssize_t came, taken;
	if (taken == came) {
		/* stdio keeps what we print until it has a line or a bufferful. A
		 * person who watches must see all of it before we wait. */
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
