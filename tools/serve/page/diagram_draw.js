// One frame of the space-time diagram. Lines of one colour are one path, since a frame may have some thousands.
import {colour, seconds} from "./dom.js";

const KINDS = ["server", "client", "service", "error", "lost"];
const FEW = 400;      // messages that have arrow heads
const VERY_FEW = 60;  // and words
const SHARES = {server: 4, service: 2, client: 1};
const TYPES = ["", "ok", "fail", "info"];

export class Painter {
  constructor(diagram, head, axis) {
    this.diagram = diagram;
    this.head = head;
    this.axis = axis;
    this.drawn = [];  // messages, where they are: for the pointer
    this.bars = [];   // operations
    this.readColours();
  }

  readColours() {
    this.colours = Object.fromEntries(["page", "text", "dim", "line", "fault", "ok", "info", "fail", "server", "client", "service",
      "error", "lost", "accent"].map((name) => [name, colour(name)]));
  }

  draw() {
    const d = this.diagram;
    const c = d.canvas.getContext("2d");
    this.c = c;
    c.setTransform(d.ratio, 0, 0, d.ratio, 0, 0);
    c.fillStyle = this.colours.page;
    c.fillRect(0, 0, d.width, d.height);
    c.font = "11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
    this.places();
    const tiles = d.tiles.window(d.view.from, d.view.to);
    this.faults();
    this.grid();
    if (!d.alone) this.density(tiles);
    this.operations();
    this.messages(tiles);
    this.events();
    this.chain();
    this.cursor();
    this.names();
    this.note(tiles);
  }

  places() {
    const {shown, width} = this.diagram;
    // Many clients leave the nodes room.
    const shares = shown.map((lane) => shown.length > 14 ? SHARES[lane.role] : 1);
    const unit = (width - this.axis - 8) / Math.max(shares.reduce((sum, share) => sum + share, 0), 1);
    this.gap = unit;
    let left = this.axis;
    this.x = new Map(shown.map((lane, i) => [lane, (left += shares[i] * unit) - shares[i] * unit / 2]));
  }

  faults() {
    const {c, diagram: d} = this;
    c.fillStyle = this.colours.fault;
    for (const fault of d.run.faults) {
      const y = Math.max(d.y(fault.from), this.head);
      const end = Math.min(d.y(fault.to), d.height);
      if (end < this.head || y > d.height) continue;
      c.globalAlpha = 0.1;
      c.fillRect(this.axis, y, d.width, Math.max(end - y, 1));
      c.globalAlpha = 1;
      if (end - y > 14) c.fillText(fault.name, this.axis + 2, Math.max(y + 12, this.head + 12));
    }
  }

  grid() {
    const {c, diagram: d} = this;
    const span = d.view.to - d.view.from;
    const rough = span / Math.max(d.height / 60, 2);
    const decade = 10 ** Math.floor(Math.log10(rough));
    const step = Math.max([1, 2, 5, 10].find((times) => times * decade >= rough) * decade, 1);
    c.strokeStyle = this.colours.line;
    c.fillStyle = this.colours.dim;
    c.lineWidth = 1;
    c.beginPath();
    for (let t = Math.ceil(d.view.from / step) * step; t < d.view.to; t += step) {
      const y = Math.round(d.y(t)) + 0.5;
      c.moveTo(this.axis, y);
      c.lineTo(d.width, y);
      c.fillText(seconds(Math.round(t)), 2, y + 4);
    }
    c.stroke();
    c.strokeStyle = this.colours.dim;
    c.globalAlpha = 0.6;
    c.beginPath();
    for (const x of this.x.values()) {
      c.moveTo(x, this.head);
      c.lineTo(x, d.height);
    }
    c.stroke();
    c.globalAlpha = 1;
  }

  // Where not all messages are drawn: how many there are, as the width of a band around the sender's line.
  density(tiles) {
    const {c, diagram: d} = this;
    c.fillStyle = this.colours.accent;
    c.globalAlpha = 0.22;
    for (const tile of tiles) {
      if (!tile.density.length) continue;
      let most = 1;
      for (let i = 2; i < tile.density.length; i += 3) most = Math.max(most, tile.density[i]);
      const width = tile.width / 64;
      for (let i = 0; i < tile.density.length; i += 3) {
        const x = this.x.get(d.laneOf[tile.density[i + 1]]);
        const y = d.y(tile.from + tile.density[i] * width);
        const height = d.y(tile.from + (tile.density[i] + 1) * width) - y;
        if (x === undefined || y > d.height || y + height < this.head) continue;
        const half = Math.max(tile.density[i + 2] / most * this.gap * 0.4, 1);
        c.fillRect(x - half, y, 2 * half, Math.max(height, 1));
      }
    }
    c.globalAlpha = 1;
  }

  operations() {
    const {c, diagram: d} = this;
    this.bars = [];
    const {list, latestEnds} = d.run.calls;
    const zero = d.overview.zero;
    const byThread = new Map(d.shown.filter((lane) => lane.thread >= 0).map((lane) => [lane.thread, this.x.get(lane)]));
    const lowest = new Map();
    const width = Math.max(Math.min(this.gap * 0.4, 14), 3);
    for (let i = firstAtLeast(latestEnds, d.view.from - zero); i < list.length; ++i) {
      const call = list[i];
      if (call.from + zero > d.view.to) break;
      const x = byThread.get(call.process % d.run.concurrency);
      if (x === undefined || call.to + zero < d.view.from) continue;
      const y = d.y(call.from + zero);
      const height = Math.max(d.y(call.to + zero) - y, 2);
      // Within a pixel of the one before on this line, nothing more is to be seen.
      if (y + height < (lowest.get(x) ?? -1) + 1) continue;
      lowest.set(x, y + height);
      c.fillStyle = this.colours[TYPES[call.type]];
      c.globalAlpha = d.view.operation === call.invoke ? 1 : 0.65;
      c.fillRect(x - width / 2, y, width, height);
      if (d.view.operation === call.invoke) {
        c.strokeStyle = this.colours.text;
        c.strokeRect(x - width / 2 - 1.5, y - 1.5, width + 3, height + 3);
      }
      this.bars.push({call, x: x - width / 2, y, width, height});
    }
    c.globalAlpha = 1;
  }

  kindOf(type, fate, source, target) {
    if (fate === 1) return "lost";
    if (this.diagram.overview.types[type] === "error") return "error";
    if (source.role === "client" || target.role === "client") return "client";
    return source.role === "service" || target.role === "service" ? "service" : "server";
  }

  // Where a message is on the canvas.
  place(number, sent, ended, from, to, type, fate) {
    const d = this.diagram;
    const sourceLane = d.laneOf[from];
    const targetLane = d.laneOf[to];
    const x1 = this.x.get(sourceLane);
    let x2 = this.x.get(targetLane);
    if (x1 === undefined || x2 === undefined) return null;
    const y1 = d.y(sent);
    let y2 = d.y(ended);
    if (sourceLane === targetLane) x2 = x1 + Math.min(18, this.gap / 2);
    else if (fate === 2) [x2, y2] = [x1 + Math.sign(x2 - x1) * Math.min(this.gap / 2, 40), y1 + 8];
    return {number, x1, y1, x2, y2, type, fate, sourceLane, targetLane, kind: this.kindOf(type, fate, sourceLane, targetLane)};
  }

  messages(tiles) {
    const {c, diagram: d} = this;
    this.drawn = d.alone ? this.chainPlaces() : this.tilePlaces(tiles);
    c.lineWidth = 1;
    c.globalAlpha = d.chain.size ? 0.25 : this.drawn.length > FEW ? 0.45 : 0.85;
    for (const kind of KINDS) {
      c.strokeStyle = c.fillStyle = this.colours[kind];
      c.setLineDash(kind === "lost" ? [4, 3] : []);
      c.beginPath();
      for (const m of this.drawn) {
        if (m.kind !== kind) continue;
        c.moveTo(m.x1, m.y1);
        c.lineTo(m.x2, m.y2);
      }
      c.stroke();
      c.setLineDash([]);
      if (this.drawn.length > FEW && kind !== "lost") continue;
      for (const m of this.drawn) if (m.kind === kind) this.tipOf(m);
    }
    if (this.drawn.length <= VERY_FEW) for (const m of this.drawn) this.word(m);
    c.globalAlpha = 1;
  }

  tilePlaces(tiles) {
    const d = this.diagram;
    const places = [];
    const seen = new Set();
    for (const tile of tiles) {
      for (let i = 0; i < tile.count; ++i) {
        const reaches = tile.ended[i] >= d.view.from && tile.sent[i] <= d.view.to;
        if (!reaches || seen.has(tile.number[i])) continue;
        seen.add(tile.number[i]);
        const m = this.place(tile.number[i], tile.sent[i], tile.ended[i], tile.source[i], tile.target[i], tile.type[i], tile.fate[i]);
        if (m) places.push(m);
      }
    }
    return places;
  }

  tipOf(m) {
    const c = this.c;
    c.beginPath();
    if (m.fate === 1) {
      for (const side of [-1, 1]) {
        c.moveTo(m.x2 - 4, m.y2 - 4 * side);
        c.lineTo(m.x2 + 4, m.y2 + 4 * side);
      }
      c.stroke();
      return;
    }
    const angle = Math.atan2(m.y2 - m.y1, m.x2 - m.x1);
    c.moveTo(m.x2, m.y2);
    c.lineTo(m.x2 - 7 * Math.cos(angle - 0.4), m.y2 - 7 * Math.sin(angle - 0.4));
    c.lineTo(m.x2 - 7 * Math.cos(angle + 0.4), m.y2 - 7 * Math.sin(angle + 0.4));
    c.fill();
  }

  word(m) {
    const text = this.diagram.overview.types[m.type].slice(0, 24);
    const x = m.x1 + (m.x2 - m.x1) * 0.3;
    const y = m.y1 + (m.y2 - m.y1) * 0.3 - 3;
    this.c.lineWidth = 3;
    this.c.strokeStyle = this.colours.page;
    this.c.fillStyle = this.colours[m.kind];
    this.c.strokeText(text, x, y);
    this.c.fillText(text, x, y);
    this.c.lineWidth = 1;
  }

  // Starts, deaths and findings of nodes.
  events() {
    const {c, diagram: d} = this;
    let phase = -Infinity;
    for (const event of d.overview.events) {
      if (event.time < d.view.from || event.time > d.view.to || event.kind === "fault") continue;
      const y = d.y(event.time);
      if (event.kind === "phase") {
        c.fillStyle = this.colours.dim;
        if (y > phase + 12) c.fillText(event.text, d.width - 60, y + 11);
        phase = y;
        c.fillRect(this.axis, y, d.width, 1);
        continue;
      }
      const x = this.x.get(d.laneOf[event.node]);
      if (x === undefined) continue;
      c.fillStyle = this.colours[event.kind === "start" ? "ok" : "fail"];
      c.beginPath();
      c.arc(x, y, event.kind === "hold" ? 2 : 4, 0, 7);
      c.fill();
    }
  }

  chainPlaces() {
    return [...this.diagram.chain.values()].map((m) => this.place(m.number, m.sent, m.ended, m.from, m.to, m.type, m.fate)).filter(Boolean);
  }

  // What is selected and what belongs to it, over everything else.
  chain() {
    const {c, diagram: d} = this;
    const marked = this.chainPlaces();
    c.lineWidth = 2;
    for (const m of marked) {
      c.strokeStyle = c.fillStyle = this.colours[m.kind];
      c.beginPath();
      c.moveTo(m.x1, m.y1);
      c.lineTo(m.x2, m.y2);
      c.stroke();
      this.tipOf(m);
      if (marked.length <= VERY_FEW) this.word(m);
      if (!this.drawn.some((other) => other.number === m.number)) this.drawn.push(m);
    }
    c.lineWidth = 3;
    for (const m of [...this.drawn, ...this.selected()]) {
      if (m.number !== d.view.message && m.number !== d.hovered) continue;
      c.strokeStyle = c.fillStyle = this.colours.accent;
      c.beginPath();
      c.moveTo(m.x1, m.y1);
      c.lineTo(m.x2, m.y2);
      c.stroke();
      this.tipOf(m);
    }
    c.lineWidth = 1;
  }

  // The selected message, which may not be among those that are drawn.
  selected() {
    const m = this.diagram.run.selected;
    if (!m || m.number !== this.diagram.view.message) return [];
    const endpoints = this.diagram.overview.endpoints;
    const end = (name) => endpoints.findIndex((endpoint) => endpoint.name === name);
    const fate = {taken: 0, lost: 1}[m.fate] ?? 2;
    return [this.place(m.number, m.sent, m.ended, end(m.from), end(m.to), this.diagram.overview.types.indexOf(m.type), fate)].filter(Boolean);
  }

  cursor() {
    const {c, diagram: d} = this;
    if (d.view.cursor === null) return;
    const y = d.y(d.view.cursor);
    if (y < this.head || y > d.height) return;
    c.strokeStyle = c.fillStyle = this.colours.accent;
    c.beginPath();
    c.moveTo(0, y);
    c.lineTo(d.width, y);
    c.stroke();
    c.fillRect(0, y - 8, this.axis - 4, 16);
    c.fillStyle = this.colours.page;
    c.fillText(seconds(d.view.cursor).slice(0, 11), 2, y + 4);
  }

  names() {
    const {c, diagram: d} = this;
    c.fillStyle = this.colours.page;
    c.fillRect(0, 0, d.width, this.head);
    c.textAlign = "center";
    let last = -1;
    for (const [lane, x] of this.x) {
      const width = c.measureText(lane.name).width;
      if (x - width / 2 < last) continue;
      c.fillStyle = this.colours[lane.role];
      c.fillText(lane.name, x, 15);
      last = x + width / 2 + 3;
    }
    c.textAlign = "start";
    c.fillStyle = this.colours.line;
    c.fillRect(0, this.head - 1, d.width, 1);
  }

  note(tiles) {
    const d = this.diagram;
    const stride = Math.max(1, ...tiles.map((tile) => tile.stride));
    const text = d.tiles.failure ? d.tiles.failure.message
      : `${seconds(Math.round(Math.max(d.view.from, 0)))} to ${seconds(Math.round(d.view.to))}` +
        (d.alone ? `; only messages that belong to op ${d.view.operation} are drawn` : stride > 1 ? `; 1 of ${stride} messages is drawn, the bands say how many there are: zoom in for all` : "; all messages are drawn") +
        (tiles.waiting ? " ..." : "");
    if (text !== this.said) d.note.textContent = this.said = text;
    d.canvas.dataset.ready = tiles.waiting ? "0" : "1";
    d.canvas.dataset.drawn = this.drawn.length;
  }
}

// The first place in a sorted array with a value of at least `value`.
function firstAtLeast(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
