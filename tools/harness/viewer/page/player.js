// A player shows a recording in an element: terminals side by side, the sequence
// diagram below them and the script beside them, all at one moment.

import {add, duration, seconds, visible} from "./text.js";
import {caption, depths, lacking, nameOf, plural, read, sentence, textOf} from "./model.js";
import {Axis} from "./axis.js";
import {Diagram, hueOf} from "./diagram.js";
import {Script} from "./script.js";
import {Table} from "./table.js";
import {Terminal, count} from "./terminal.js";
import {showVerdict} from "./verdict.js";

const speeds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
const watched = 20e6; // microseconds in which a run is watched at first
const mostTerminals = 24;

// play puts a player into an element. recording is {header, events, notes,
// screens}: the lines of a recording's file, parsed. Keys are heard on
// options.keys, or on the element. The returned object has select(event),
// seek(microseconds), chooseDepth(depth), and moved and chose, functions to set.
export function play(element, recording, options = {}) {
  const player = new Player(element, read(recording));
  (options.keys ?? element).addEventListener("keydown", key => player.key(key));
  return player;
}

class Player {
  constructor(element, model) {
    this.model = model;
    this.now = -1;
    this.time = 0;
    this.playing = false;
    this.moved = null;
    this.chose = null;
    element.classList.add("player");
    const select = i => this.select(i);
    this.title(element);
    showVerdict(element, model, select);
    this.controls(element);
    const columns = add(element, "div", "columns");
    const main = add(columns, "div", "main");
    this.terminals(main);
    this.depthSwitch(main);
    this.diagram = new Diagram(main, model, select);
    this.said = add(main, "p", "said");
    this.said.setAttribute("aria-live", "polite");
    const side = add(columns, "section", "side");
    side.setAttribute("aria-label", "Script");
    this.script = new Script(side, model, select);
    this.table = new Table(element, model, select);
    this.help(element);
    const present = depth => model.events.some(e => e.layer === depth);
    this.chooseDepth(["stream", "packets"].find(present) ?? "screen");
    this.select(model.failure ? model.moment : model.events.length - 1);
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  title(element) {
    const {header, result, events} = this.model;
    const head = add(element, "header", "title");
    add(head, "h1", "", visible(String(header.script ?? "")) || "A recording");
    add(head, "span", "badge " + (result === "passed" ? "good" : result === "failed" ? "bad" : "open"), visible(result));
    const facts = [plural(events.length, "event"), duration(this.model.end - this.model.start), visible(String(header.machine ?? "")), visible(String(header.date ?? "").replace("T", " ").replace(/(:\d\d)\.\d+/, "$1").replace("Z", " UTC"))];
    add(head, "p", "facts", facts.filter(Boolean).join(" · "));
  }

  controls(element) {
    const bar = add(element, "div", "bar");
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", "Player");
    const button = (text, name, run) => {
      const b = add(bar, "button", "", text);
      b.type = "button";
      b.title = name;
      b.setAttribute("aria-label", name);
      b.addEventListener("click", run);
      return b;
    };
    button("‹", "One event back (comma)", () => this.step(-1));
    this.playButton = button("▶", "Play (space)", () => this.toggle());
    this.playButton.classList.add("play");
    button("›", "One event on (period)", () => this.step(1));
    this.axis = new Axis(bar, this.model, time => this.seek(time));
    this.clock = add(bar, "output", "clock");
    this.clock.setAttribute("aria-live", "off");
    const speed = add(bar, "select", "speed");
    speed.setAttribute("aria-label", "Speed");
    speed.title = "Speed";
    this.speed = speeds.findLast(s => (this.model.end - this.model.start) / s >= watched / 2) ?? speeds[0];
    this.speed = Math.min(this.speed, 1);
    for (const s of speeds) {
      const option = add(speed, "option", "", "× " + s);
      option.value = String(s);
      option.selected = s === this.speed;
    }
    speed.addEventListener("change", () => { this.speed = Number(speed.value); });
    this.speedSelect = speed;
    this.search = add(bar, "input", "search");
    Object.assign(this.search, {type: "search", placeholder: "/ search", title: "Search (/)"});
    this.search.setAttribute("aria-label", "Search in all events");
    this.search.addEventListener("input", () => this.find(0));
    this.search.addEventListener("keydown", key => {
      if (key.key === "Enter") this.find(key.shiftKey ? -1 : 1);
      else if (key.key === "Escape") this.search.blur();
      else return;
      key.preventDefault();
    });
    this.hits = add(bar, "output", "hits");
  }

  terminals(main) {
    const grid = add(main, "div", "terminals");
    const {terminals} = this.model;
    this.panes = terminals.slice(0, mostTerminals).map(t => new Terminal(grid, t, hueOf(this.model, t.name).slice(3), terminals.length));
    if (terminals.length <= mostTerminals) return;
    const more = add(main, "details", "more");
    add(more, "summary", "", `${terminals.length - mostTerminals} more terminals`);
    more.addEventListener("toggle", () => {
      if (this.panes.length > mostTerminals) return;
      const rest = add(more, "div", "terminals");
      for (const t of terminals.slice(mostTerminals, 10 * mostTerminals)) {
        const pane = new Terminal(rest, t, hueOf(this.model, t.name).slice(3), terminals.length);
        pane.show(this.now);
        pane.scroll();
        this.panes.push(pane);
      }
      const left = terminals.length - 10 * mostTerminals;
      if (left > 0) add(more, "p", "empty", `${left} more are in the table of events.`);
    });
  }

  depthSwitch(main) {
    const group = add(main, "div", "depths");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Depth of the diagram");
    const none = [];
    this.depthButtons = depths.map((depth, n) => {
      const b = add(group, "button", "", nameOf(depth)), count = this.model.events.filter(e => e.layer === depth).length;
      b.type = "button";
      b.title = `Depth: ${nameOf(depth)} (key ${n + 1})` + (count > 0 ? "" : ": " + lacking[depth]);
      add(b, "small", "", count > 0 ? String(count) : "none");
      if (count === 0) none.push(`${nameOf(depth)}: ${lacking[depth]}`);
      b.addEventListener("click", () => this.chooseDepth(depth));
      return b;
    });
    add(group, "p", "lacking", none.join("; "));
  }

  chooseDepth(depth) {
    this.depthButtons.forEach((b, n) => b.setAttribute("aria-pressed", String(depths[n] === depth)));
    this.diagram.at(depth);
    this.chose?.(depth);
  }

  // select shows the moment of an event.
  select(i) {
    const {events} = this.model;
    if (events.length === 0) return;
    i = Math.max(0, Math.min(events.length - 1, i));
    this.time = events[i].at;
    this.show(i);
  }

  // seek shows a moment in time: all that has happened until then.
  seek(time) {
    this.time = Math.max(this.model.start, Math.min(this.model.end, time));
    this.show(count(this.model.events, e => e.at <= this.time) - 1);
  }

  show(i) {
    const e = this.model.events[i];
    this.axis.show(this.time, i);
    this.clock.textContent = seconds(this.time);
    if (i !== this.now) {
      this.now = i;
      for (const pane of this.panes) pane.show(i);
      this.diagram.show(i);
      this.script.show(i);
      for (const pane of this.panes) pane.scroll();
      this.diagram.scroll();
      this.script.scroll();
      this.table.show(i);
      this.said.textContent = e && !this.playing ? `${i + 1} of ${this.model.events.length}: ${sentence(e).slice(0, 500)}` : "";
    }
    this.moved?.(this.time, i);
  }

  step(by) {
    this.pause();
    this.select(this.now + by);
  }

  // command goes to the script's command before or behind this one.
  command(by) {
    this.pause();
    const begins = this.model.script.lines.map(line => line.begin).filter(i => i >= 0).sort((a, b) => a - b);
    const to = by > 0 ? begins.find(i => i > this.now) : begins.findLast(i => i < this.now);
    if (to !== undefined) this.select(to);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.time >= this.model.end) this.seek(this.model.start);
    this.playing = true;
    this.playButton.textContent = "❚❚";
    this.playButton.setAttribute("aria-label", "Pause (space)");
    let before = performance.now();
    const frame = moment => {
      if (!this.playing) return;
      this.seek(this.time + Math.max(0, moment - before) * 1000 * this.speed);
      before = moment;
      if (this.time >= this.model.end) this.pause();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  pause() {
    this.playing = false;
    this.playButton.textContent = "▶";
    this.playButton.setAttribute("aria-label", "Play (space)");
  }

  faster(by) {
    const n = speeds.indexOf(this.speed) + by;
    if (n < 0 || n >= speeds.length) return;
    this.speed = speeds[n];
    this.speedSelect.value = String(this.speed);
  }

  // find goes to the next event that has the text, or to the one before.
  find(by) {
    const what = this.search.value.toLowerCase();
    this.texts ??= this.model.events.map(e => `${visible(textOf(e))}\n${caption(e)}\n${visible(e.actor)} ${visible(e.peer)}\n${e.kind}`.toLowerCase());
    const found = what === "" ? [] : this.texts.flatMap((text, i) => text.includes(what) ? [i] : []);
    this.axis.find(found.slice(0, 5000));
    if (found.length === 0) {
      this.hits.textContent = what === "" ? "" : "not found";
      return;
    }
    this.pause();
    let n = by < 0 ? found.findLastIndex(i => i < this.now) : found.findIndex(i => by === 0 ? i >= this.now : i > this.now);
    if (n < 0) n = by < 0 ? found.length - 1 : 0;
    this.select(found[n]);
    this.hits.textContent = `${n + 1} of ${found.length}`;
  }

  key(key) {
    if (key.ctrlKey || key.altKey || key.metaKey || key.defaultPrevented) return;
    const {target} = key;
    if (target.closest?.("select, input:not([type=range]), textarea")) return;
    const little = (this.model.end - this.model.start) / 20;
    const keys = {
      " ": () => this.toggle(),
      "ArrowRight": () => { this.pause(); this.seek(this.time + little); },
      "ArrowLeft": () => { this.pause(); this.seek(this.time - little); },
      "ArrowDown": () => this.command(1),
      "ArrowUp": () => this.command(-1),
      ".": () => this.step(1),
      ",": () => this.step(-1),
      "Home": () => { this.pause(); this.select(0); },
      "End": () => { this.pause(); this.select(this.model.events.length - 1); },
      "/": () => this.search.focus(),
      "+": () => this.faster(1),
      "-": () => this.faster(-1),
    };
    depths.forEach((depth, n) => { keys[String(n + 1)] = () => this.chooseDepth(depth); });
    const run = keys[key.key];
    if (!run) return;
    // A button that has the focus is pressed by the space bar.
    if (key.key === " " && target.closest?.("button, summary")) return;
    key.preventDefault();
    run();
  }

  help(element) {
    const help = add(element, "details", "help");
    add(help, "summary", "", "Keys");
    const list = add(help, "dl");
    for (const [key, what] of [
      ["space", "play, pause"], [", .", "one event back, on"], ["← →", "a twentieth of the time back, on"],
      ["↑ ↓", "the command before, the next one"], ["Home End", "the beginning, the end"], ["1 2 3 4", "the depth of the diagram"],
      ["+ -", "faster, slower"], ["/", "search; Enter and Shift-Enter: next and previous"],
    ]) {
      add(list, "dt", "", key);
      add(list, "dd", "", what);
    }
  }

  print(on) {
    this.diagram.print(on);
  }
}
