// What a recording holds, in the order in which the panes ask for it.

import {bytesOf, decode, duration, hex, visible} from "./text.js";

export const depths = ["screen", "stream", "packets", "syscalls"];

// nameOf is what a depth is called on the page.
export function nameOf(depth) { return depth === "syscalls" ? "system calls" : depth; }

// lacking says why a depth has no events.
export const lacking = {
  screen: "nobody had a terminal",
  stream: "nothing was heard on connections",
  packets: "recorded in a private network only",
  syscalls: "recorded where a script asks for them (syscalls)",
};

// read prepares a recording: {header, events, notes, screens}, with events as in
// the file.
export function read(recording) {
  const events = (recording.events ?? []).filter(e => e && typeof e.layer === "string");
  for (const e of events) {
    e.at = Number.isFinite(e.at) ? Math.max(0, e.at) : 0;
    for (const field of ["kind", "actor", "peer"]) e[field] = String(e[field] ?? "");
  }
  events.sort((a, b) => a.at - b.at);
  const header = recording.header ?? {};
  const model = {
    header, events,
    notes: recording.notes ?? [],
    start: events[0]?.at ?? 0, // what was prepared before is not shown
    end: Math.max(1, events.at(-1)?.at ?? 1),
    actors: participants(events),
    terminals: terminals(events, header.programs ?? {}, recording.screens ?? {}),
    script: script(events, String(header.text ?? "")),
    verdict: events.findLastIndex(e => e.layer === "script" && e.kind === "verdict"),
  };
  const verdict = events[model.verdict];
  model.result = verdict ? textOf(verdict) : "unfinished";
  model.failure = verdict?.failure && typeof verdict.failure === "object" ? verdict.failure : null;
  model.moment = model.failure ? momentOf(model) : -1;
  return model;
}

// textOf is an event's text. Bytes that are not UTF-8 are escaped.
export function textOf(e) {
  if (typeof e.b64 === "string") {
    const {text, rest} = decode(bytesOf(e.b64));
    return text + hex(rest);
  }
  return String(e.text ?? "");
}

// sizeOf is how many bytes an event holds.
export function sizeOf(e) {
  if (Number.isInteger(e.size) && e.size > 0) return e.size;
  return typeof e.b64 === "string" ? bytesOf(e.b64).length : new TextEncoder().encode(e.text ?? "").length;
}

// participants are all who do something, in the order in which they appear.
function participants(events) {
  const seen = new Set();
  for (const e of events) {
    if (e.layer === "script") continue;
    if (e.actor) seen.add(e.actor);
    if (e.peer) seen.add(e.peer);
  }
  return [...seen];
}

// terminals are the actors that have a screen. Each has lines, and each line
// parts: {event, text}, by which any moment can be shown.
function terminals(events, programs, screens) {
  const all = new Map();
  events.forEach((e, i) => {
    if (e.layer !== "screen" || !e.actor) return;
    let t = all.get(e.actor);
    if (!t) {
      t = {name: e.actor, command: String(own(programs, e.actor) ?? ""), lines: [], states: [], kind: "", open: false, carried: new Uint8Array(), carriage: false, screen: own(screens, e.actor)};
      all.set(e.actor, t);
    }
    feed(t, e, i);
  });
  return [...all.values()];
}

// own is a field of an object that has come as JSON.
function own(object, name) { return Object.hasOwn(object, name) ? object[name] : undefined; }

function feed(t, e, i) {
  switch (e.kind) {
  case "start":
    t.command ||= textOf(e);
    t.states.push({event: i, text: "running", is: "running"});
    break;
  case "out":
    write(t, "out", i, output(t, e));
    break;
  case "in":
    write(t, "in", i, textOf(e));
    break;
  case "key":
    t.open = false;
    write(t, "in", i, textOf(e) + "\n");
    break;
  case "signal":
    note(t, i, "signal " + textOf(e));
    break;
  case "exit": {
    const text = textOf(e);
    const ended = /^\d+$/.test(text) ? "exited " + text : visible(text) || "ended";
    t.states.push({event: i, text: ended, is: text === "0" || text === "closed" ? "good" : "bad"});
    note(t, i, ended);
    break;
  }
  case "fin":
    note(t, i, "ends its half");
    break;
  case "reset":
    note(t, i, "resets the connection");
    break;
  case "undone":
    note(t, i, `${plural(e.size ?? 0, "byte")} of it were not taken`);
    break;
  case "dropped":
    note(t, i, textOf(e) + " left out");
  }
}

// output is what a program printed, with the rest of a character that was cut.
function output(t, e) {
  let text = "";
  if (typeof e.b64 === "string") {
    const bytes = bytesOf(e.b64), whole = new Uint8Array(t.carried.length + bytes.length);
    whole.set(t.carried);
    whole.set(bytes, t.carried.length);
    const decoded = decode(whole);
    text = decoded.text;
    t.carried = decoded.rest;
  } else {
    text = hex(t.carried) + String(e.text ?? "");
    t.carried = new Uint8Array();
  }
  if (t.carriage) text = "\r" + text;
  t.carriage = text.endsWith("\r");
  if (t.carriage) text = text.slice(0, -1);
  return text.replaceAll("\r\n", "\n");
}

function write(t, kind, event, text) {
  const pieces = text.split("\n");
  pieces.forEach((piece, n) => {
    const last = n === pieces.length - 1;
    if (last && piece === "") return;
    if (!t.open || t.kind !== kind) t.lines.push({kind, parts: []});
    t.kind = kind;
    const mark = kind === "in" && t.lines.at(-1).parts.length === 0 ? "» " : "";
    t.lines.at(-1).parts.push({event, text: mark + visible(piece).replaceAll("\\t", "\t")});
    t.open = last;
  });
}

function note(t, event, text) {
  t.lines.push({kind: "note", parts: [{event, text: visible(text)}]});
  t.open = false;
}

// script is the script's lines, each with the events of its command.
function script(events, text) {
  const lines = text.split("\n");
  const files = lines.findIndex(line => /^-- .+ --\s*$/.test(line));
  const own = (files < 0 ? lines : lines.slice(0, files)).map((line, n) => ({number: n + 1, text: visible(line).replaceAll("\\t", "\t"), begin: -1, end: -1, took: 0, why: "", heads: line.startsWith("#")}));
  while (own.length && own.at(-1).text.trim() === "") own.pop();
  events.forEach((e, i) => {
    const line = own[e.line - 1];
    if (e.layer !== "script" || !line) return;
    if (e.kind === "begin" && line.begin < 0) line.begin = i;
    if (e.kind === "step") line.begin = i;
    if (e.kind === "end") Object.assign(line, {end: i, took: e.took ?? 0, why: textOf(e)});
  });
  // A heading without an event of its own begins with the command behind it.
  // So it is with what testscript does itself: it was done when the next began.
  const headings = new Map();
  for (let n = own.length - 1, next = -1; n >= 0; n--) {
    const line = own[n];
    if (line.heads && line.begin < 0 && next >= 0) {
      line.begin = next;
      headings.set(next, line.text.replace(/^#\s*/, ""));
    }
    line.next = next;
    if (line.begin >= 0) next = line.begin;
  }
  return {lines: own, headings, files: files < 0 ? "" : lines.slice(files).join("\n")};
}

// momentOf is the event with which the first wrong byte came; its part of a line
// says where that is. If that can't be
// found it is the verdict.
function momentOf(model) {
  const f = model.failure;
  const terminal = model.terminals.find(t => t.name === f.subject);
  const {got: text, at, wanted} = f.differs ?? {};
  const got = String(text ?? "").replace(/(\\r)?\\n$/, "").replace(/^"(.*)"$/, "$1");
  let moment = model.verdict, wrong = null;
  for (const line of terminal?.lines ?? []) {
    if (line.kind !== "out" || line.parts[0].event > model.verdict || !f.differs) continue;
    if (!wrong) moment = line.parts.at(-1).event;
    const whole = line.parts.map(p => p.text).join("");
    if (!got || !wanted || !whole.includes(got)) continue;
    let left = whole.lastIndexOf(got) + Math.min(Number.isInteger(at) && at > 0 ? at : 0, got.length - 1);
    for (const part of line.parts) {
      if (left < part.text.length) {
        wrong = {part, left};
        break;
      }
      left -= part.text.length;
    }
  }
  // Who says nothing has no wrong byte: it is the wait that begins.
  if (!wrong && f.kind !== "wrong bytes") moment = Math.max(moment === model.verdict ? -1 : moment, model.script.lines[f.line - 1]?.begin ?? -1);
  if (!wrong) return moment < 0 ? model.verdict : moment;
  wrong.part.wrong = wrong.left;
  return wrong.part.event;
}

// rows are the events that the diagram shows at a depth.
export function rows(model, depth) {
  const list = [];
  model.events.forEach((e, i) => {
    if (e.layer === depth || e.layer === "script" && ["step", "fault", "verdict"].includes(e.kind) || e.kind === "dropped" || model.script.headings.has(i)) list.push(i);
  });
  return list;
}

// short is a packet's line without what its last parentheses tell (numbers, windows),
// and any other caption as it is.
export function short(e) {
  const text = e.kind === "lost" ? visible(textOf(e)) : caption(e); // its arrow says that it is lost
  return e.layer === "packets" ? text.replace(/ +\(seq [^()]*\)/, "").replaceAll(/  +/g, " ") : text;
}

// caption is what an event says in a few words, beside its arrow.
export function caption(e) {
  const text = visible(textOf(e));
  switch (e.layer + " " + e.kind) {
  case "screen in": return "» " + text.replace(/\\n$/, "");
  case "screen out": return text.replaceAll("\\r\\n", "\\n").replace(/(.)\\n$/, "$1");
  case "screen key": return "» " + text;
  case "screen start": return "starts " + text;
  case "screen signal": return "signal " + text;
  case "screen exit": return /^\d+$/.test(text) ? "exits " + text : text || "ends";
  case "stream connect": return "connect " + text;
  case "stream accept": return "accept " + text;
  case "stream data": return `${plural(sizeOf(e), "byte")} "${text}"`;
  case "stream fin": return "FIN " + text;
  case "stream reset": return "RST " + text;
  case "screen fin": return "ends its half";
  case "screen reset": return "resets the connection";
  case "screen undone": return plural(e.size ?? 0, "byte") + " not taken";
  case "stream total": return plural(e.size ?? 0, "byte") + " in all";
  case "stream cut": return "the tap closes both sides " + text;
  case "stream cut off": return "the tap resets both sides " + text;
  case "stream refused": return "refused" + (text ? " at " + text : "");
  case "packets lost": return text + ", lost";
  case "script verdict": return text + (e.failure?.kind ? ": " + visible(String(e.failure.kind)) : "");
  case "script fault": return visible(e.actor) + (e.actor ? ": " : "") + text;
  case "script end": return text === "" ? "done in " + duration(e.took ?? 0) : shortFirst(textOf(e));
  }
  return e.kind === "dropped" ? text + " left out" : text || visible(e.kind);
}

function shortFirst(text) { return visible(text.split("\n", 1)[0]); }

export function plural(n, noun) { return n + " " + noun + (n === 1 ? "" : "s"); }

// sentence says an event in words, for who hears it.
export function sentence(e) {
  const who = visible(e.actor), whom = e.peer ? " to " + visible(e.peer) : "";
  if (e.layer === "script") return `${e.line > 0 ? `line ${e.line}, ` : ""}${visible(e.kind)}: ${caption(e)}`;
  return `${who}${whom}: ${visible(e.layer)} ${visible(e.kind)}, ${caption(e)}`;
}
