// The time axis: what happened when, at a glance, and a slider over it.

import {add, seconds} from "./text.js";
import {depths, sentence} from "./model.js";

export class Axis {
  constructor(parent, model, seek) {
    this.model = model;
    const box = add(parent, "div", "axis");
    const ns = "http://www.w3.org/2000/svg";
    const marks = document.createElementNS(ns, "svg");
    marks.setAttribute("viewBox", "0 0 1000 40");
    marks.setAttribute("preserveAspectRatio", "none");
    marks.setAttribute("aria-hidden", "true");
    const path = (name, d) => {
      const p = document.createElementNS(ns, "path");
      p.setAttribute("class", name);
      p.setAttribute("d", d);
      marks.append(p);
      return p;
    };
    const at = e => ((e.at - model.start) / Math.max(1, model.end - model.start) * 1000).toFixed(1);
    const ticks = (is, y, height) => {
      // Marks at one place are one mark.
      const places = new Set(model.events.filter(is).map(at));
      return [...places].map(x => `M${x} ${y}v${height}`).join("");
    };
    path("steps", ticks(e => e.kind === "step", 0, 40));
    depths.forEach((depth, n) => path("marks " + depth, ticks(e => e.layer === depth, 2 + n * 9, 7)));
    path("faults", ticks(e => e.kind === "fault" || e.kind === "lost" || e.kind === "reset" || e.kind === "refused", 0, 40));
    if (model.failure) path("moment", ticks(e => e === model.events[model.moment], 0, 40));
    this.found = path("found", "");
    box.append(marks);
    this.slider = add(box, "input", "slider");
    Object.assign(this.slider, {type: "range", min: String(model.start), max: String(model.end), step: "1"});
    this.slider.setAttribute("aria-label", "Time");
    box.title = "All depths on one axis, from above: " + depths.join(", ");
    this.slider.addEventListener("input", () => seek(Number(this.slider.value)));
    this.places = indices => indices.map(i => `M${at(model.events[i])} 0v40`).join("");
  }

  show(time, now) {
    this.slider.value = String(time);
    const e = this.model.events[now];
    this.slider.setAttribute("aria-valuetext", seconds(time) + (e ? ", " + sentence(e).slice(0, 200) : ""));
  }

  // find marks where something was found.
  find(indices) { this.found.setAttribute("d", this.places(indices)); }
}
