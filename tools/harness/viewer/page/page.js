// The page: its recording, or two of them side by side on one axis.

import {play} from "./player.js";

const data = JSON.parse(document.querySelector("#recording").textContent);
const [first, second] = data.recordings;
const player = play(document.querySelector("#first"), first, {keys: document});
if (second) {
  const other = play(document.querySelector("#second"), second);
  follow(player, other);
}

// What the address asks for behind its #: line-12, the moment when that line of the
// script is done; a depth; play, from the beginning.
function obey() {
  for (const wish of location.hash.slice(1).split(",")) {
    const number = /^line-(\d+)$/.exec(wish), line = number && player.model.script.lines[Number(number[1]) - 1];
    if (line?.begin >= 0) player.select(Math.max(line.begin, line.end));
    else if (["screen", "stream", "packets", "syscalls"].includes(wish)) player.chooseDepth(wish);
    else if (wish === "play" && !player.playing) {
      player.select(0);
      player.toggle();
    }
  }
}
obey();
addEventListener("hashchange", obey);

// follow keeps another run at the same place of the script.
function follow(player, other) {
  const moments = model => model.script.lines.map(line => line.begin < 0 ? -1 : model.events[line.begin].at);
  const mine = moments(player.model), others = moments(other.model);
  const pairs = mine.flatMap((at, n) => at >= 0 && others[n] >= 0 ? [[at, others[n]]] : []);
  pairs.push([0, 0]);
  pairs.sort((a, b) => a[0] - b[0]);
  player.moved = time => {
    const n = pairs.findLastIndex(([at]) => at <= time);
    const [at, there] = pairs[n], [nextAt, nextThere] = pairs[n + 1] ?? [player.model.end, other.model.end];
    other.seek(there + (nextAt > at ? (time - at) / (nextAt - at) * (nextThere - there) : 0));
  };
  player.moved(player.time);
  player.chose = depth => other.chooseDepth(depth);
}

document.documentElement.dataset.ready = "yes";
window.socklab = player;
