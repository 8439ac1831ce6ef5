// echo-server answers "hello " and the bytes it received, then closes.
//
//     node server.js [-k] HOST:PORT
//
// -k: serve every caller, all at the same time, each until it closes.
// Read lessons/1.1-echo.md first, then lessons/1.4-many-callers.md for -k.
"use strict";
const net = require("node:net");
const util = require("node:util");

const keep = process.argv[2] === "-k";
const [addr, ...more] = process.argv.slice(keep ? 3 : 2);
const [, host, port] = /^\[?([^\s[\]]+)\]?:(\d{1,5})$/.exec(addr) ?? [];
if (port === undefined || port > 65535 || more.length > 0) {
  console.error("usage: server.js [-k] HOST:PORT");
  process.exit(2);
}

// kill and ^C ask us to stop. The kernel closes every socket of a process that
// ends, and each caller sees that close.
for (const request of ["SIGTERM", "SIGINT"]) {
  process.on(request, () => process.exit(0));
}

// Nothing waits in Node: no call of accept or recv stands here. We say what to do
// when something has come, and one thread does it for all callers in turn. It
// accepts each caller at once; pauseOnConnect leaves unread what they send.
const server = net.createServer({ pauseOnConnect: true });
server.on("connection", keep ? answerAll : answerOnce);
server.on("error", (error) => {
  // Once we listen, the error is from accept, and it passes: no descriptor is
  // free, no memory, or the caller has gone again. A new caller waits in the
  // queue.
  server.listening ? complain("accept", error) : fail(`listen ${addr}`, error);
});

// socket, bind and listen, and SO_REUSEADDR, which Node sets by itself.
server.listen({ host, port }, () => {
  const { address, port } = server.address();
  say(`listening on ${net.isIPv6(address) ? `[${address}]` : address}:${port}`);
});

// answerOnce receives once, answers once and hangs up.
function answerOnce(conn) {
  // One caller is enough. Later ones stay connected, and nobody reads what they
  // send. When this process ends with their words unread, the kernel resets them.
  server.off("connection", answerOnce);
  conn.on("error", (error) => fail("caller", error));
  conn.on("end", () => fail("receive", new Error("the caller closed without a word")));

  // A chunk is what one receive returned: for a short name the whole name.
  // NOTE: nothing guarantees that; lesson 4.2 shows when it goes wrong. And Node
  // asks for 65536 bytes at a time, where the other echo-servers ask for 1024.
  conn.once("data", (heard) => {
    conn.removeAllListeners("end");
    say(visible(heard));
    // end is write, and then the half-close by which the caller knows that the
    // answer is complete. Both wait in memory until our kernel has taken them.
    conn.end(Buffer.concat([Buffer.from("hello "), heard]), () => process.exit(0));
  });
  conn.resume();
}

// answerAll answers every receive of one caller until the caller closes (then
// Node closes our end as well). What goes wrong with one is said, and is no
// reason to stop; without a listener for it, an error would end the process.
function answerAll(conn) {
  conn.on("error", (error) => complain("caller", error));
  conn.on("data", (heard) => {
    say(visible(heard));
    // write never waits. What the kernel doesn't take stays in our memory, and a
    // caller that never reads would fill it. So we read on only when it has gone.
    if (!conn.write(Buffer.concat([Buffer.from("hello "), heard]))) {
      conn.pause();
      conn.once("drain", () => conn.resume());
    }
  });
  conn.resume();
}

// say prints a line. If it can't be written, we have failed, and our caller must
// know. (console.log would not say so.)
function say(line) {
  process.stdout.write(line + "\n", (error) => error && fail("write", error));
}
process.stdout.on("error", () => {}); // write has told us

// visible returns what came in a form that is safe to print: a stranger's escape
// sequences would be orders to our terminal. Controls become their pictures (␛),
// what can't be seen becomes U+FFFD.
function visible(heard) {
  return heard.toString("utf8")
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replaceAll("\x7f", "␡")
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

// cause returns the system's words for an error; Node's own say ECONNRESET.
function cause(error) {
  return util.getSystemErrorMap().get(error.errno)?.[1] ?? error.message;
}

// complain says what went wrong: the first ten times, and then each time that the
// number has doubled. A storm of resets must not bury everything else.
let complaints = 0;
function complain(what, error) {
  const n = ++complaints;
  if (n <= 10 || (n & (n - 1)) === 0) {
    console.error(`echo-server: ${what}: ${cause(error)}` + (n > 10 ? ` (complaint ${n}; not all are shown)` : ""));
  }
}

function fail(what, error) {
  console.error(`echo-server: ${what}: ${cause(error)}`);
  process.exit(1);
}
