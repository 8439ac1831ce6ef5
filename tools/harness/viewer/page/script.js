// The script beside the panes: each line with its time and its result, as far
// as the moment knows them.

import {add, duration, seconds, visible} from "./text.js";

export class Script {
  constructor(parent, model, select) {
    this.model = model;
    this.box = add(parent, "ol", "script");
    this.box.setAttribute("aria-label", "The script");
    this.lines = model.script.lines.map(line => {
      const item = add(this.box, "li", line.heads ? "heads" : "");
      const button = add(item, "button", "line");
      button.type = "button";
      add(button, "span", "number", String(line.number));
      add(button, "span", "code", line.heads ? line.text.replace(/^#\s*/, "") : line.text || " ");
      const result = add(button, "span", "result");
      button.disabled = line.begin < 0;
      button.addEventListener("click", () => select(line.begin));
      const why = line.why ? add(item, "p", "why", visible(line.why.split("\n", 1)[0])) : null;
      return {line, item, result, why};
    });
    if (model.script.files) {
      const files = add(parent, "details", "files");
      add(files, "summary", "", "The script's files");
      add(files, "pre", "", model.script.files.split("\n").map(visible).join("\n")).tabIndex = 0;
    }
    if (this.lines.length === 0) add(this.box, "li", "empty", "The recording has no script.");
  }

  show(now) {
    const lit = this.model.events[now]?.line ?? 0;
    for (const {line, item, result, why} of this.lines) {
      const begun = line.begin >= 0 && line.begin <= now, ended = line.end >= 0 && line.end <= now;
      let is = "future";
      if (ended) is = line.why ? "failed" : "done";
      else if (begun) is = line.heads ? "done" : "running";
      else if (line.begin < 0) is = line.text.trim() === "" || this.over(line, now) ? "idle" : "future";
      if (line.number === lit) is += " lit";
      if (line.heads) is += " heads";
      if (line.why) is += " fails";
      if (item.className === is) continue;
      item.className = is;
      result.textContent = ended ? (line.why ? "✗ " : "✓ ") + duration(line.took) : line.why ? "✗ fails" : begun && !line.heads ? "…" : begun ? seconds(this.model.events[line.begin].at) : "";
      result.title = begun ? "began at " + seconds(this.model.events[line.begin].at) : "";
      if (why) why.hidden = !ended;
      if (line.number === lit) {
        item.setAttribute("aria-current", "step");
        this.lit = item;
      } else {
        item.removeAttribute("aria-current");
      }
    }
  }

  // over tells whether a line that left no event of its own was done by then.
  over(line, now) {
    const until = line.next >= 0 ? line.next : this.model.result === "passed" ? this.model.verdict : -1;
    return until >= 0 && until <= now;
  }

  scroll() {
    if (this.lit) keepInSight(this.box, this.lit);
    this.lit = null;
  }
}

// keepInSight scrolls a box, and nothing around it.
export function keepInSight(box, item) {
  const top = item.offsetTop - box.offsetTop, bottom = top + item.offsetHeight;
  if (top < box.scrollTop + 20) box.scrollTop = top - box.clientHeight / 3;
  else if (bottom > box.scrollTop + box.clientHeight - 20) box.scrollTop = bottom - box.clientHeight * 2 / 3;
}
