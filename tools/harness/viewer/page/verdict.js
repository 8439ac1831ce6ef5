// What came of it: passed, or what went wrong, with the caret under the first
// wrong byte.

import {add, duration, seconds, visible} from "./text.js";

// showVerdict shows a failure, an object as a recording's verdict has it.
export function showVerdict(parent, model, select) {
  for (const text of model.notes) add(parent, "p", "warning", visible(text));
  const f = model.failure;
  if (!f) return;
  const box = add(parent, "section", "failure");
  box.setAttribute("aria-label", "What went wrong");
  const words = add(box, "div");
  const title = add(words, "h2");
  const command = [f.command, f.subject].map(line).filter(Boolean).join(" ");
  if (command) add(title, "span", "command", command + ": ");
  add(title, "span", "kind", (line(f.kind) || "failed") + (f.why ? ": " : ""));
  add(title, "span", "", line(f.why));
  if (f.sentence) add(words, "p", "sentence", f.step > 0 && f.steps > 0 ? `Step ${line(f.step)} of ${line(f.steps)}: ${line(f.sentence)}` : line(f.sentence));
  for (const text of [f.errno, ...list(f.notes), f.besides && "Besides, " + f.besides, ...list(f.differs?.hints)]) if (text) add(words, "p", "hint", line(text));
  const act = add(words, "p", "act");
  const button = add(act, "button", "", "Show the moment: " + seconds(model.events[model.moment].at));
  button.addEventListener("click", () => select(model.moment));
  const waited = wait(f.waited);
  if (waited) add(act, "span", "waited", " waited " + waited);
  if (f.page) add(act, "span", "lesson", " read " + line(f.page));
  if (f.differs && typeof f.differs === "object") compare(box, f.differs);
  const actors = list(f.actors).filter(a => a && typeof a === "object");
  if (actors.length > 0) showActors(box, actors);
}

// wait is how long somebody waited, and what ended that, as a report says it.
function wait(w) {
  const time = nanoseconds => duration(Math.round(nanoseconds / 1000));
  if (w?.out_of_time) return "until the test's own deadline";
  if (w?.idle_for > 0) return "until nobody had done anything for " + time(w.idle_for);
  if (w?.worked_for > 0) return "until a processor had worked for " + time(w.worked_for);
  return w?.for > 0 ? "for " + time(w.for) : "";
}

// line is a value as text on one line.
function line(value) { return value === undefined || value === null || typeof value === "object" ? "" : visible(String(value)); }

function list(value) { return Array.isArray(value) ? value : []; }

function compare(parent, {expected, got, at, wanted}) {
  const pair = add(parent, "dl", "compare");
  add(pair, "dt", "", "expected");
  add(pair, "dd", "", line(expected));
  add(pair, "dt", "", "got");
  const dd = add(pair, "dd");
  if (!Number.isInteger(at) || at < 0 || !wanted) {
    dd.textContent = line(got) || "nothing";
    return;
  }
  const characters = [...line(got)], n = Math.min(at, characters.length);
  add(dd, "span", "", characters.slice(0, n).join(""));
  add(dd, "mark", "", characters[n] ?? " ");
  add(dd, "span", "", characters.slice(n + 1).join(""));
  add(dd, "span", "caret", `\n${" ".repeat(n)}^ wanted ${line(wanted)}`);
}

// showActors says how everybody was when the wait was over.
function showActors(parent, actors) {
  const box = add(parent, "details");
  add(box, "summary", "", "How the actors were when the wait was over");
  const all = add(box, "dl", "actors");
  for (const a of actors) {
    add(all, "dt", "", line(a.name));
    const dd = add(all, "dd", "", `${line(a.role)}: ${line(a.state)}`);
    const listening = list(a.listening).map(line).filter(Boolean);
    if (listening.length > 0) add(dd, "p", "", "listens on " + listening.join(", "));
    for (const finding of list(a.findings)) if (finding?.text) add(dd, "p", "", line(finding.text));
  }
}
