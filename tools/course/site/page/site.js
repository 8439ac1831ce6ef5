// What a page does besides showing text: copy buttons, replays in their place, search.
// Text is set as text, never as HTML.
"use strict";
(() => {
  const make = (parent, name, kind, text) => {
    const e = document.createElement(name);
    if (kind) e.className = kind;
    if (text !== undefined) e.textContent = text;
    parent.append(e);
    return e;
  };

  for (const figure of document.querySelectorAll("figure.sh")) {
    const button = make(figure, "button", "copy", "Copy");
    button.type = "button";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const text = figure.querySelector("pre").textContent.replace(/\n$/, "");
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(figure.querySelector("pre"));
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // A replay opens below its transcript, and the link closes it again.
  for (const link of document.querySelectorAll(".film a")) {
    link.addEventListener("click", click => {
      if (click.ctrlKey || click.metaKey || click.shiftKey) return;
      click.preventDefault();
      const place = link.parentNode, open = place.querySelector("iframe");
      if (open) {
        open.remove();
        link.setAttribute("aria-expanded", "false");
        return;
      }
      const frame = make(place, "iframe");
      frame.title = "The conversation in time";
      frame.addEventListener("load", () => { frame.dataset.ready = "yes"; });
      frame.src = link.href;
      link.setAttribute("aria-expanded", "true");
    });
  }

  const box = document.querySelector("#search"), found = document.querySelector("#found");
  if (!box) return;
  box.parentNode.hidden = false;
  let asked = null;
  const index = () => asked ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "search.js";
    script.onload = () => done(window.socklabIndex.map(e => ({...e, low: [e.t + " " + e.h, e.x].map(text => text.toLowerCase())})));
    script.onerror = failed;
    document.head.append(script);
  });

  // around is the part of a text where the first of the words stands, with marks.
  const around = (parent, text, words) => {
    const low = text.toLowerCase();
    const first = Math.max(0, Math.min(...words.map(w => low.indexOf(w)).filter(n => n >= 0), text.length) - 60);
    const piece = text.slice(first, first + 180);
    let at = 0;
    if (first > 0) parent.append("… ");
    while (at < piece.length) {
      const next = words.map(w => [piece.toLowerCase().indexOf(w, at), w.length]).filter(([n]) => n >= 0).sort((a, b) => a[0] - b[0] || b[1] - a[1])[0];
      if (!next) break;
      parent.append(piece.slice(at, next[0]));
      make(parent, "mark", "", piece.slice(next[0], next[0] + next[1]));
      at = next[0] + next[1];
    }
    parent.append(piece.slice(at) + (first + 180 < text.length ? " …" : ""));
  };

  const search = async () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean), now = box.value;
    if (words.length === 0) {
      found.hidden = true;
      return;
    }
    const all = await index();
    if (box.value !== now) return; // somebody typed on
    const hits = all.filter(e => words.every(w => e.low[0].includes(w) || e.low[1].includes(w)))
      .map(e => [words.filter(w => e.low[0].includes(w)).length, e]).sort((a, b) => b[0] - a[0]).slice(0, 30);
    found.replaceChildren();
    found.hidden = false;
    const said = make(found, "p", "", hits.length === 0 ? "Nothing has these words." : `${hits.length}${hits.length === 30 ? " or more" : ""} found`);
    said.setAttribute("role", "status");
    const list = make(found, "ol");
    for (const [, e] of hits) {
      const item = make(list, "li"), link = make(item, "a", "", e.t === e.h ? e.t : `${e.t}: ${e.h}`);
      link.href = e.p;
      around(make(item, "p"), e.x, words);
    }
  };
  box.addEventListener("focus", () => { index(); });
  box.addEventListener("input", search);
  document.addEventListener("keydown", key => {
    if (key.ctrlKey || key.altKey || key.metaKey) return;
    const links = Array.from(found.querySelectorAll("a")), n = links.indexOf(document.activeElement);
    if (key.key === "/" && !key.target.closest("input")) box.focus();
    else if (key.key === "Escape" && !found.hidden) {
      found.hidden = true;
      box.value = "";
      box.focus();
    } else if (!found.hidden && (key.key === "ArrowDown" || key.key === "ArrowUp") && (n >= 0 || document.activeElement === box)) {
      (key.key === "ArrowDown" ? links[n + 1] : links[n - 1] ?? box)?.focus();
    } else return;
    key.preventDefault();
  });
  found.addEventListener("click", click => { if (click.target.closest("a")) found.hidden = true; });
})();
