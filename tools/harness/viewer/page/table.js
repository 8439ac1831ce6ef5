// The same as a table, for who can't see a diagram or wants to copy it.

import {add, seconds, shorten, visible} from "./text.js";
import {textOf} from "./model.js";

const perPage = 200;

export class Table {
  constructor(parent, model, select) {
    this.model = model;
    this.select = select;
    this.box = add(parent, "details", "table");
    add(this.box, "summary", "", `All ${model.events.length} events as a table`);
    this.pages = add(this.box, "p", "pages");
    this.scroll = add(this.box, "div", "scroll");
    this.page = -1;
    this.now = -1;
    this.box.addEventListener("toggle", () => this.show(this.now));
  }

  show(now) {
    this.now = now;
    if (!this.box.open) return;
    this.turn(Math.floor(Math.max(0, now) / perPage));
    this.current?.removeAttribute("aria-current");
    this.current = this.body?.children[now - this.page * perPage];
    this.current?.setAttribute("aria-current", "true");
  }

  turn(page) {
    if (page === this.page) return;
    this.page = page;
    const {events} = this.model, first = page * perPage, last = Math.min(events.length, first + perPage);
    this.pages.replaceChildren();
    this.button("earlier", page - 1, page > 0);
    add(this.pages, "span", "", ` events ${first + 1} to ${last} of ${events.length} `);
    this.button("later", page + 1, last < events.length);
    const table = document.createElement("table");
    const head = add(add(table, "thead"), "tr");
    for (const name of ["time", "line", "depth", "what", "who", "to whom", "text"]) add(head, "th", "", name).scope = "col";
    this.body = add(table, "tbody");
    for (let i = first; i < last; i++) {
      const e = events[i], row = add(this.body, "tr");
      const button = add(add(row, "td"), "button", "small", seconds(e.at));
      button.addEventListener("click", () => this.select(i));
      for (const cell of [e.line ? String(e.line) : "", e.layer, e.kind, e.actor, e.peer, shorten(textOf(e), 2000)]) add(row, "td", "", visible(cell));
    }
    this.scroll.replaceChildren(table);
  }

  button(text, page, works) {
    const b = add(this.pages, "button", "small", text);
    b.disabled = !works;
    b.addEventListener("click", () => this.turn(page));
  }
}
