// The page on which a script is played: what happens stands there while it happens, a
// line each; when it has ended, the recording's player takes its place.

import {play} from "./player/player.js";
import {caption} from "./player/model.js";
import {add, seconds, visible} from "./player/text.js";

const {token, lesson, mine} = document.documentElement.dataset;
const find = id => document.querySelector("#" + id);
const list = find("now"), state = find("state"), stop = find("stop");
const shown = {screen: ["start", "in", "out", "key", "signal", "exit", "fin", "reset"], stream: ["data", "fin", "reset", "refused"], script: ["step", "fault"]};
const most = 500; // lines that stand there at once
let current = null;

const say = (text, wrong = false) => {
  state.textContent = text;
  state.classList.toggle("wrong", wrong);
};

const ask = (method, path, body) => fetch("api/" + path, {method, headers: {"X-Socklab-Token": token, "Content-Type": "application/json"}, body: body && JSON.stringify(body)});

// A run is one play, from the button to its end.
class Run {
  constructor(own) {
    this.own = own;
    this.events = [];
    this.header = null;
    this.step = 0;
    this.closed = false;
  }

  async begin() {
    list.replaceChildren();
    list.hidden = false;
    find("player").replaceChildren();
    find("player").className = "";
    stop.disabled = false;
    say("It waits for its turn.");
    const answer = await ask("POST", "plays", {lesson, mine: this.own}).catch(() => null);
    if (this.closed) return;
    if (!answer?.ok) return this.end({error: answer ? (await answer.text()).trim() : "the server is gone: start socklab serve again"});
    this.id = (await answer.json()).id;
    if (this.closed) return void ask("DELETE", "plays/" + this.id);
    this.source = new EventSource("api/plays/" + this.id);
    this.source.onmessage = message => this.add(JSON.parse(message.data));
    this.source.addEventListener("end", message => this.end(JSON.parse(message.data)));
    this.source.onopen = () => this.says();
    // A browser calls again by itself, unless it was told that there is nothing.
    this.source.onerror = () => {
      if (this.closed) return;
      if (this.source.readyState === EventSource.CLOSED) this.end({error: "the server is gone, or has ended this play"});
      else say("The connection is gone; trying again.", true);
    };
  }

  says() { say(this.step > 0 ? `Step ${this.step} of ${this.steps}: ${this.title}` : "It begins."); }

  add(e) {
    if (!this.header) {
      this.header = e;
      this.steps = String(e.text ?? "").split(/^-- .+ --$/m)[0].split("\n").filter(line => line.startsWith("# ")).length;
      return this.says();
    }
    for (const field of ["layer", "kind", "actor", "peer"]) e[field] = String(e[field] ?? "");
    this.events.push(e);
    if (e.layer === "script" && e.kind === "step") {
      this.step++;
      this.title = visible(String(e.text ?? "")).replace(/^#\s*/, "");
      this.says();
    }
    if (!shown[e.layer]?.includes(e.kind)) return;
    const item = add(list, "li", e.kind === "step" ? "step" : "");
    add(item, "small", "", seconds(e.at));
    const who = visible(e.actor) + (e.peer ? " → " + visible(e.peer) : "");
    item.append(e.kind === "step" ? this.title : `${who}: ${caption(e).slice(0, 300)}`);
    while (list.children.length > most) list.firstChild.remove();
    list.scrollTop = list.scrollHeight;
  }

  end({error, screens}) {
    if (this.closed) return;
    this.close();
    stop.disabled = true;
    if (this.header && this.events.length > 0) {
      this.events.sort((a, b) => a.at - b.at);
      list.hidden = true;
      window.socklab = play(find("player"), {header: this.header, events: this.events, notes: [], screens: screens ?? {}});
    }
    const verdict = this.events.findLast(e => e.layer === "script" && e.kind === "verdict");
    const word = visible(String(verdict?.text ?? "").split("\n")[0]);
    if (word === "passed") say(this.steps > 0 ? `Passed: all ${this.steps} steps.` : "Passed.");
    else if (word === "failed") say(this.step > 0 ? `Failed at step ${this.step} of ${this.steps}: ${this.title}` : "Failed.", true);
    else say("Not judged: " + visible(error ?? word), true);
    document.documentElement.dataset.ready = "yes";
  }

  close() {
    this.closed = true;
    this.source?.close();
  }

  quit() {
    if (this.closed) return;
    if (this.id) ask("DELETE", "plays/" + this.id).catch(() => {});
    else this.end({error: "it was stopped"});
  }
}

function begin(own) {
  if (current && !current.closed) {
    current.close();
    if (current.id) ask("DELETE", "plays/" + current.id).catch(() => {});
  }
  delete document.documentElement.dataset.ready;
  current = new Run(own);
  current.begin();
}

find("play").addEventListener("click", () => begin(false));
stop.addEventListener("click", () => current?.quit());
if (mine) {
  const again = find("again");
  find("mine").hidden = again.hidden = false;
  find("mine").title = mine;
  find("mine").addEventListener("click", () => begin(true));
  let saves = null;
  again.querySelector("input").addEventListener("change", e => {
    saves?.close();
    saves = null;
    if (!e.target.checked) return;
    begin(true);
    saves = new EventSource("api/saves");
    saves.onmessage = () => begin(true);
  });
}
// Only our own pages may show this one inside (frame-ancestors): there the reader has
// just asked for it.
if (window.parent !== window && !mine) begin(false);
