// A terminal as it stood at a moment.

import {add, visible} from "./text.js";

const most = 40; // lines that are shown

// Lines that are in sight, of each of a few terminals, and of each of many: so the
// diagram below them stays in sight.
const inSight = 14, ofMany = 7, many = 3;

export class Terminal {
  constructor(parent, terminal, hue, terminals) {
    this.t = terminal;
    this.element = add(parent, "section", "terminal hue" + hue);
    this.element.setAttribute("aria-label", "Terminal of " + visible(terminal.name));
    const head = add(this.element, "header");
    add(head, "h3", "", visible(terminal.name)).setAttribute("aria-level", "2");
    this.state = add(head, "span", "state");
    add(this.element, "p", "command", visible(terminal.command));
    this.body = add(this.element, "div", "lines");
    this.body.tabIndex = 0;
    this.body.setAttribute("role", "log");
    this.body.setAttribute("aria-live", "off");
    this.body.setAttribute("aria-label", "What " + visible(terminal.name) + " shows");
    this.drawn = Boolean(terminal.screen);
    if (terminal.screen) {
      const button = add(head, "button", "small", "bytes");
      button.title = "The screen, or the bytes as they came";
      button.addEventListener("click", () => {
        this.drawn = !this.drawn;
        button.textContent = this.drawn ? "bytes" : "screen";
        this.clear();
        this.show(this.now);
      });
    }
    const height = terminal.screen ? terminal.screen.rows : terminal.lines.length;
    this.body.style.setProperty("--lines", Math.min(Math.max(height, 3), terminal.screen ? 24 : terminals > many ? ofMany : inSight));
    this.clear();
  }

  clear() {
    this.body.replaceChildren();
    this.body.classList.toggle("drawn", this.drawn);
    this.from = this.to = 0; // the lines that are in the page
    this.above = null;
    this.lit = [];
    this.applied = 0;
    this.rows = null;
  }

  show(now) {
    this.now = now;
    const first = Math.min(this.t.states[0]?.event ?? Infinity, this.t.lines[0]?.parts[0].event ?? Infinity);
    this.element.classList.toggle("waiting", first !== Infinity && first > now);
    const state = this.t.states.findLast(s => s.event <= now);
    this.state.textContent = state?.text ?? (this.element.classList.contains("waiting") ? "not started" : "");
    this.state.className = "state " + (state?.is ?? "");
    if (this.drawn) this.showScreen(now);
    else this.showLines(now);
  }

  showLines(now) {
    const {lines} = this.t;
    const to = count(lines, line => line.parts[0].event <= now);
    const from = Math.max(0, to - most);
    if (from > this.to || to < this.from) this.clear();
    if (this.to === this.from) this.from = this.to = from;
    for (; this.from < from; this.from++) this.body.removeChild(this.first());
    while (this.from > from) this.body.insertBefore(this.line(--this.from, now), this.first());
    for (; this.to > to; this.to--) this.body.lastChild.remove();
    if (this.to === to && to > from) {
      this.body.lastChild.remove();
      this.to--;
    }
    // The line that was the last may have gone on since.
    if (this.to > this.from && this.to < to) this.body.replaceChild(this.line(this.to - 1, now), this.body.lastChild);
    for (; this.to < to; this.to++) this.body.append(this.line(this.to, now));
    if (from > 0 && !this.above) {
      this.above = document.createElement("p");
      this.above.className = "above";
      this.body.prepend(this.above);
    }
    if (this.above && from === 0) {
      this.above.remove();
      this.above = null;
    }
    if (this.above) this.above.textContent = `${from} lines above`;
    for (const span of this.lit) span.classList.remove("now");
    this.lit = [];
    for (let n = to - 1, line = this.body.lastChild; n >= from && lines[n].parts.at(-1).event >= now; n--, line = line.previousSibling) {
      lines[n].parts.forEach((part, k) => {
        if (part.event !== now) return;
        line.childNodes[k].classList.add("now");
        this.lit.push(line.childNodes[k]);
      });
    }
  }

  // scroll shows the last line. It is called when all panes are changed, for it
  // makes the browser lay out the page.
  scroll() { if (!this.drawn) this.body.scrollTop = 1e7; }

  first() { return this.above ? this.above.nextSibling : this.body.firstChild; }

  line(n, now) {
    const {kind, parts} = this.t.lines[n];
    const p = document.createElement("p");
    p.className = kind;
    for (const part of parts) {
      if (part.event > now) break;
      const span = add(p, "span", "", part.text.slice(0, part.wrong));
      if (part.wrong === undefined) continue;
      add(span, "mark", "wrong", part.text.charAt(part.wrong)).title = "the first wrong byte";
      span.append(part.text.slice(part.wrong + 1));
    }
    return p;
  }

  showScreen(now) {
    const {screen} = this.t;
    if (!this.rows || (this.applied > 0 && screen.changes[this.applied - 1][0] > now)) {
      this.applied = 0;
      this.rows ??= Array.from({length: screen.rows}, () => add(this.body, "p"));
      for (const row of this.rows) row.textContent = "";
    }
    const last = new Map();
    for (; this.applied < screen.changes.length && screen.changes[this.applied][0] <= now; this.applied++) {
      const [, row, text] = screen.changes[this.applied];
      last.set(row, text);
    }
    for (const [row, text] of last) if (this.rows[row]) this.rows[row].textContent = visible(text);
  }
}

// count is how many of a list, from its beginning on, are as asked.
export function count(list, is) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
