// echo-client connects, sends TEXT, receives the answer and prints it.
//
//     node client.js HOST:PORT TEXT
//
// Read lessons/1.1-echo.md.
"use strict";
const net = require("node:net");
const util = require("node:util");

const [addr, text, ...more] = process.argv.slice(2);
const [, host, port] = /^\[?([^\s[\]]+)\]?:(\d{1,5})$/.exec(addr) ?? [];
if (port === undefined || port > 65535 || text === undefined || more.length > 0) {
  console.error("usage: client.js HOST:PORT TEXT");
  process.exit(2);
}
if (text === "") {
  // On a stream nothing would travel, and the server would wait for ever.
  console.error("echo-client: no bytes are no message");
  process.exit(2);
}

// socket and connect, for each address that the host has. Nothing waits in Node:
// this call returns at once, and what comes later comes as an event.
const conn = net.connect({ host, port });
let verb = "dial";
conn.on("connect", () => {
  verb = "talk to";
  // No newline, no length, no terminator. write takes all of it, and sends it
  // when our kernel has room; in C, send may take less.
  // NOTE: Node has made text of the argument; what wasn't UTF-8 is lost.
  conn.write(text);
});

// A receive returns a piece of a stream, whatever has come when Node looks. But
// we know how long the answer is, and wait until that much is here.
let answer = Buffer.alloc(0);
conn.on("data", (piece) => {
  answer = Buffer.concat([answer, piece]);
  if (answer.length >= Buffer.byteLength("hello " + text)) {
    end();
  }
});

// end prints what has come.
function end() {
  conn.removeAllListeners("data").removeAllListeners("end");
  // If it can't be written, we have failed. (console.log would not say so.)
  process.stdout.on("error", () => {});
  process.stdout.write(visible(answer) + "\n", (error) => {
    if (error) {
      verb = "write";
      fail(error);
    }
    process.exit(0);
  });
}

// The end of the stream: recv returns 0 in C, io.EOF is Go's word for it.
conn.on("end", () => answer.length > 0 ? end() : fail(new Error("closed without an answer")));
conn.on("error", fail);
// A program that waits for another must know when to give up.
conn.setTimeout(30_000, () => fail(new Error("nothing came for thirty seconds")));

// visible returns what came in a form that is safe to print: a stranger's escape
// sequences would be orders to our terminal. Controls become their pictures (␛),
// what can't be seen becomes U+FFFD.
function visible(heard) {
  return heard.toString("utf8")
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replaceAll("\x7f", "␡")
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function fail(error) {
  // A host with two addresses fails twice. Node's own words are ECONNREFUSED;
  // the system's are in a table.
  const { errno, message } = error.errors?.[0] ?? error;
  const cause = util.getSystemErrorMap().get(errno)?.[1] ?? message;
  console.error(`echo-client: ${verb} ${addr}: ${cause}`);
  process.exit(1);
}
