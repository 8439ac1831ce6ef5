// The sequence diagram: a column for each participant, a row for each event,
// time downwards. Only the rows that are in sight are in the page.

import {add, seconds, shorten, visible} from "./text.js";
import {caption, lacking, rows, sentence, short, textOf} from "./model.js";
import {count} from "./terminal.js";

const rowHeight = 30, headHeight = 34, gutter = 74, charWidth = 7.3, mostColumns = 16, mostPrinted = 1500;

export class Diagram {
  constructor(parent, model, select) {
    this.model = model;
    this.box = add(parent, "div", "diagram");
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "region");
    this.box.setAttribute("aria-label", "Sequence diagram. The table of events below says the same.");
    this.head = svg(this.box, "svg", {class: "head", "aria-hidden": "true"});
    this.space = add(this.box, "div", "space");
    this.body = svg(this.space, "svg", {"aria-hidden": "true"});
    this.empty = add(this.box, "p", "empty");
    this.now = -1;
    this.box.addEventListener("scroll", () => {
      this.space.style.setProperty("--left", this.box.scrollLeft + "px"); // times and headings stay in sight
      this.draw();
    });
    this.body.addEventListener("click", click => {
      const row = click.target.closest("[data-event]");
      if (row) select(Number(row.dataset.event));
    });
    new ResizeObserver(() => {
      this.layOut();
      this.scroll();
    }).observe(this.box);
  }

  // at chooses the depth.
  at(depth) {
    this.depth = depth;
    this.rows = rows(this.model, depth);
    const own = this.rows.filter(i => this.model.events[i].layer === depth);
    const names = new Set(own.flatMap(i => [this.model.events[i].actor, this.model.events[i].peer]));
    // Those with terminals are neighbours; doors, hosts and addresses stand behind them.
    const here = this.model.actors.filter(name => names.has(name)), seen = new Set(this.model.terminals.map(t => t.name));
    this.columns = [...here.filter(name => seen.has(name)), ...here.filter(name => !seen.has(name))];
    this.others = Math.max(0, this.columns.length - mostColumns);
    if (this.others > 0) this.columns.length = mostColumns;
    const why = lacking[depth];
    this.empty.textContent = own.length > 0 ? "" : why[0].toUpperCase() + why.slice(1) + ".";
    this.layOut();
    this.scroll();
  }

  layOut() {
    const n = this.columns.length + (this.others > 0 ? 1 : 0);
    // A lane has room for a few words on an arrow, or for some, if all fit then.
    const fit = (this.box.clientWidth - gutter) / Math.max(1, n), least = fit >= 96 ? fit : 132;
    this.width = Math.max(this.box.clientWidth, gutter + n * least);
    this.lane = (this.width - gutter) / Math.max(1, n);
    this.space.style.height = this.rows.length * rowHeight + 8 + "px";
    this.space.style.width = this.head.style.width = this.width + "px";
    this.head.replaceChildren();
    this.head.setAttribute("width", this.width);
    this.head.setAttribute("height", headHeight);
    const heads = this.others > 0 ? [...this.columns, `${this.others} others`] : this.columns;
    heads.forEach((name, c) => {
      const x = this.x(c), width = Math.min(this.lane - 8, 190);
      const g = svg(this.head, "g", {class: hueOf(this.model, name)});
      svg(g, "rect", {x: x - width / 2, y: 4, width, height: headHeight - 10, rx: 5});
      label(g, x, headHeight / 2 + 3, shortName(visible(name), Math.floor((width - 12) / charWidth)), "middle");
    });
    this.drawn = "";
    this.draw();
  }

  x(column) { return gutter + (column + 0.5) * this.lane; }

  column(name) {
    const c = this.columns.indexOf(name);
    return c >= 0 || this.others === 0 || name === "" ? c : this.columns.length;
  }

  // draw makes the rows that are in sight.
  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / rowHeight) - 8);
    const last = Math.min(this.rows.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / rowHeight) + 8);
    if (this.drawn === `${first} ${last}` || this.paper) return;
    this.drawn = `${first} ${last}`;
    this.body.style.transform = `translateY(${first * rowHeight}px)`;
    this.fill(first, last);
  }

  fill(first, last) {
    const height = Math.max(0, last - first) * rowHeight;
    this.body.replaceChildren();
    this.body.setAttribute("width", this.width);
    this.body.setAttribute("height", height);
    for (let c = 0; c < this.columns.length + (this.others > 0 ? 1 : 0); c++) {
      svg(this.body, "line", {class: "life " + hueOf(this.model, this.columns[c] ?? ""), x1: this.x(c), x2: this.x(c), y1: 0, y2: height});
    }
    for (let n = first; n < last; n++) this.row(n, (n - first) * rowHeight);
    this.first = first;
    this.edge = svg(this.body, "line", {class: "edge", x1: 0, x2: this.width});
    this.mark();
  }

  row(n, y) {
    const i = this.rows[n], e = this.model.events[i], heading = this.model.script.headings.get(i);
    const g = svg(this.body, "g", {class: `row ${heading === undefined ? classOf(e) : "script step"}`, "data-event": i, transform: `translate(0 ${y})`});
    svg(g, "rect", {class: "back", x: 0, y: 1, width: this.width, height: rowHeight - 2, rx: 3});
    const title = svg(g, "title", {});
    title.textContent = shorten(seconds(e.at) + "  " + sentence(e), 1000);
    const from = this.column(e.actor), to = this.column(e.peer);
    if (heading !== undefined) this.band(g, heading);
    else if (e.layer === "script" || from < 0) this.band(g, e.layer === "script" ? caption(e) : (e.actor ? visible(e.actor) + ": " : "") + caption(e));
    else if (to >= 0 && to !== from) this.arrow(g, e, this.x(from), this.x(to));
    else this.note(g, e, from);
    label(g, gutter - 10, 20, seconds(e.at), "end", "time");
  }

  // room is how many characters a row has: it is one event's alone.
  room() { return (Math.min(this.width, this.box.clientWidth || this.width) - gutter - 30) / charWidth; }

  // within is the middle of a text that should be at x, and must not go beyond the edges.
  within(x, text) {
    const half = [...text].length * charWidth / 2 + 12;
    return Math.max(gutter + half, Math.min(this.width - half, x));
  }

  // band is what concerns everybody: a step, a fault, the verdict.
  band(g, text) {
    svg(g, "rect", {class: "band", x: gutter, y: 4, width: this.width - gutter - 6, height: rowHeight - 8, rx: 4});
    label(g, gutter + 10, 19, shorten(text, this.room()), "start", "said");
  }

  // An arrow arrives, or it doesn't: that of a lost packet ends half-way, and a
  // refused call at the door.
  arrow(g, e, x1, x2) {
    const way = Math.sign(x2 - x1), y = 22;
    const lost = e.kind === "lost", refused = e.kind === "refused";
    const lanes = Math.floor(Math.abs(x2 - x1) / this.lane * 0.6) + 0.5; // between two, at none
    const end = lost ? x1 + way * lanes * this.lane : x2 - way * (refused ? 9 : 1);
    svg(g, "circle", {class: "foot", cx: x1, cy: y, r: 2.5});
    svg(g, "line", {class: "shaft", x1, x2: end, y1: y, y2: y});
    if (lost || refused) {
      svg(g, "path", {class: "cross", d: `M${end - 5} ${y - 5}l10 10m0 -10l-10 10`});
    } else {
      svg(g, "path", {class: "tip", d: `M${end - way * 9} ${y - 4.5}L${end} ${y}L${end - way * 9} ${y + 4.5}`});
    }
    const text = shorten(short(e), this.room());
    label(g, this.within((x1 + x2) / 2, text), 15, text, "middle", "said");
  }

  note(g, e, column) {
    const text = shorten(short(e), this.room());
    const width = [...text].length * charWidth + 18, x = this.within(this.x(column), text);
    svg(g, "rect", {class: "note " + hueOf(this.model, e.actor), x: x - width / 2, y: 4, width, height: rowHeight - 8, rx: 9});
    label(g, x, 19, text, "middle", "said");
  }

  // show makes a moment the present one.
  show(now) {
    this.now = now;
    this.mark();
  }

  // scroll brings its row in sight.
  scroll() {
    if (this.now < 0) return;
    const n = count(this.rows, i => i <= this.now) - 1;
    const y = Math.max(0, n) * rowHeight, {scrollTop} = this.box, height = this.box.clientHeight - headHeight;
    if (y < scrollTop + rowHeight || y > scrollTop + height - 3 * rowHeight) {
      this.box.scrollTop = y - height / 2;
    }
    this.draw(); // other rows may be in sight, without a scroll, where there are fewer of them
    if (this.width <= this.box.clientWidth) return;
    // A row of nobody's, such as the verdict, is seen with those before it.
    let x = [];
    for (let k = n; k >= 0 && k > n - 10 && x.length === 0; k--) {
      const {actor, peer} = this.model.events[this.rows[k]];
      x = [actor, peer].map(name => this.column(name)).filter(c => c >= 0).map(c => this.x(c));
    }
    const left = this.box.scrollLeft, right = left + this.box.clientWidth;
    if (x.some(x => x < left + gutter || x > right - 20)) {
      this.box.scrollLeft = Math.min(...x) - this.box.clientWidth / 2;
    }
  }

  mark() {
    for (const g of this.body.querySelectorAll(".row")) {
      const i = Number(g.dataset.event);
      g.classList.toggle("future", i > this.now);
      g.classList.toggle("now", i === this.now);
    }
    const y = (count(this.rows, i => i <= this.now) - this.first) * rowHeight;
    this.edge.setAttribute("y1", y);
    this.edge.setAttribute("y2", y);
  }

  // print makes all rows, in pieces, for a page's end can't go through one.
  print(on) {
    const screen = this.paper ?? this.body;
    this.paper = on ? screen : null;
    this.body = screen;
    this.space.replaceChildren(screen);
    this.space.classList.toggle("paper", on);
    this.drawn = "";
    if (!on) return this.draw();
    this.space.replaceChildren();
    for (let first = 0; first < Math.min(this.rows.length, mostPrinted); first += 10) {
      this.body = svg(this.space, "svg", {"aria-hidden": "true"});
      this.fill(first, Math.min(this.rows.length, first + 10));
    }
  }
}

// shortName leaves n characters of a name. Of an address the end tells most.
function shortName(name, n) {
  return name.length > n && /:\d+$/.test(name) ? "…" + name.slice(1 - n) : shorten(name, n);
}

function classOf(e) {
  if (e.layer === "packets") {
    const text = textOf(e);
    const flag = /\bRST\b/.test(text) ? "reset" : /\bFIN\b/.test(text) ? "fin" : /\bSYN\b/.test(text) ? "connect" : "data";
    return `packets ${e.kind === "lost" ? "lost" : flag}`;
  }
  return [e.layer, e.kind, e.kind === "verdict" ? textOf(e) : ""].map(word => word.replace(/[^a-z]/g, "")).join(" ");
}

export function hueOf(model, name) { return "hue" + model.actors.indexOf(name) % 8; }

function svg(parent, tag, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  parent.append(e);
  return e;
}

function label(parent, x, y, text, anchor, className = "") {
  svg(parent, "text", {x, y, "text-anchor": anchor, class: className}).textContent = text;
}
