// The space-time diagram: a line for each node, service and thread of clients, time down, an arrow for each message, a bar
// on a client's line for each operation. Panned, zoomed, pointed at and clicked; by keys as well.
import {MESSAGE, get, rows} from "./api.js";
import {el, replace, seconds, visible} from "./dom.js";
import {Painter} from "./diagram_draw.js";
import {Tiles} from "./tiles.js";

const NEAR = 6;       // pixels from the pointer
const HEAD = 22;      // pixels above the lanes, for their names
const AXIS = 78;      // pixels at the left, for times

// Which lane each endpoint has. Clients of one thread, one after the other, share theirs.
export function lanesOf(overview, concurrency) {
  const lanes = [];
  const byName = new Map();
  const laneOf = overview.endpoints.map((endpoint) => {
    const number = endpoint.role === "client" ? Number(endpoint.name.slice(1)) : 0;
    const name = number > 0 ? `c${(number - 1) % concurrency + 1}` : endpoint.name;
    if (!byName.has(name)) {
      byName.set(name, {name, role: endpoint.role, endpoints: [], messages: 0, thread: number > 0 ? (number - 1) % concurrency : -1});
      lanes.push(byName.get(name));
    }
    const lane = byName.get(name);
    lane.endpoints.push(overview.endpoints.indexOf(endpoint));
    lane.messages += endpoint.messages;
    return lane;
  });
  const order = {server: 0, service: 1, client: 2};
  lanes.sort((a, b) => order[a.role] - order[b.role] || a.thread - b.thread || 0);
  return {lanes: lanes.filter((lane) => lane.messages > 0 || lane.role === "server"), laneOf};
}

export class Diagram {
  constructor(run) {
    this.run = run;
    this.view = run.view;
    this.overview = run.overview;
    const {lanes, laneOf} = lanesOf(run.overview, run.concurrency);
    this.lanes = lanes;
    this.laneOf = laneOf;
    this.view.hiddenDefault = lanes.filter((lane) => lane.name === "c0").map((lane) => lane.name);
    if (!location.hash.includes("hide=")) for (const name of this.view.hiddenDefault) this.view.hidden.add(name);
    this.chain = new Map();
    this.canvas = el("canvas", {id: "diagram", tabindex: "0", role: "img", "aria-label":
      "Messages between nodes over time. Arrow keys pan, plus and minus zoom, Home shows all, n and p go to the next and previous message."});
    this.tip = el("div", {class: "tip", role: "tooltip", hidden: true});
    this.note = el("p", {class: "quiet", id: "diagram-note"});
    this.frame = el("div", {class: "frame"}, this.canvas, this.tip);
    this.element = el("section", {id: "messages"}, el("h2", {}, "Messages"), this.controls(), this.frame, this.note);
    this.tiles = new Tiles(run.addresses, () => this.dirty());
    this.painter = new Painter(this, HEAD, AXIS);
    this.listen();
    this.filter();
  }

  controls() {
    const button = (text, title, f) => el("button", {title, onclick: f}, text);
    this.laneBoxes = el("div", {class: "boxes", id: "lanes"});
    this.typeBoxes = el("div", {class: "boxes", id: "types"});
    this.aloneBox = el("input", {type: "checkbox", id: "alone", onchange: (e) => this.view.showAlone(e.target.checked)});
    const span = () => this.view.to - this.view.from;
    return el("div", {class: "controls"},
      button("−", "show more time (key -)", () => this.view.zoom(2)), button("+", "show less time (key +)", () => this.view.zoom(0.5)),
      button("all", "show the whole run (key Home)", () => this.view.setWindow(0, this.view.end)),
      button("↑", "earlier (key up)", () => this.view.pan(-span() / 2)), button("↓", "later (key down)", () => this.view.pan(span() / 2)),
      el("details", {}, el("summary", {}, "nodes"), this.laneBoxes), el("details", {}, el("summary", {}, "types"), this.typeBoxes),
      el("label", {title: "of the operation that is selected"}, this.aloneBox, " only its messages"));
  }

  // Whether only the chain of the operation that is selected is drawn.
  get alone() { return this.view.alone && this.chain.size > 0; }

  drawBoxes() {
    const box = (text, checked, f) => el("label", {}, el("input", {type: "checkbox", checked, onchange: f}), visible(text));
    const toggle = (set, name) => {
      const copy = new Set(set);
      if (!copy.delete(name)) copy.add(name);
      return copy;
    };
    const roles = ["server", "service", "client"].filter((role) => this.lanes.some((lane) => lane.role === role));
    replace(this.laneBoxes,
      roles.map((role) => {
        const names = this.lanes.filter((lane) => lane.role === role).map((lane) => lane.name);
        return el("button", {onclick: () => {
          const hidden = new Set(this.view.hidden);
          const any = names.some((name) => !hidden.has(name));
          for (const name of names) any ? hidden.add(name) : hidden.delete(name);
          this.view.hide(hidden);
        }}, {server: "all nodes", service: "all services", client: "all clients"}[role]);
      }),
      this.lanes.map((lane) => box(lane.name, !this.view.hidden.has(lane.name), () => this.view.hide(toggle(this.view.hidden, lane.name)))));
    const types = this.overview.types.filter(Boolean);
    replace(this.typeBoxes, el("button", {onclick: () => this.view.only([])}, "all types"),
      types.slice(0, 60).map((type) => box(type, this.view.types.has(type), () => this.view.only(toggle(this.view.types, type)))));
  }

  filter() {
    const hidden = this.lanes.filter((lane) => this.view.hidden.has(lane.name)).flatMap((lane) => lane.endpoints);
    const types = [...this.view.types].map((type) => this.overview.types.indexOf(type)).filter((number) => number >= 0);
    this.shown = this.lanes.filter((lane) => !this.view.hidden.has(lane.name));
    this.tiles.setFilter(`${hidden.length ? `&hide=${hidden}` : ""}${types.length ? `&types=${types}` : ""}`);
    this.drawBoxes();
    this.aloneBox.checked = this.view.alone;
    this.dirty();
  }

  async showSelection() {
    const {message, operation} = this.view;
    this.chain = new Map();
    this.dirty();
    if (operation === null) return;
    const answer = await this.run.operation(operation).catch(() => null);
    if (!answer || this.view.operation !== operation || this.view.message !== message) return;
    this.chain = new Map(rows(answer.chain, MESSAGE).map((row) => [row.number, row]));
    this.dirty();
  }

  listen() {
    this.view.on("window cursor", () => this.dirty());
    this.view.on("filter", () => this.filter());
    this.view.on("selection", () => this.showSelection());
    new ResizeObserver(() => this.resize()).observe(this.frame);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.painter.readColours() || this.dirty());
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (e) => this.grab(e));
    canvas.addEventListener("pointermove", (e) => this.point(e));
    canvas.addEventListener("pointerleave", () => this.unpoint());
    canvas.addEventListener("wheel", (e) => this.wheel(e), {passive: false});
    canvas.addEventListener("keydown", (e) => this.key(e));
    this.showSelection();
  }

  // Until all of the window was drawn once, or cannot be.
  async firstPicture() {
    while (this.canvas.dataset.ready !== "1" && !this.tiles.failure) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.frame.clientWidth;
    this.height = this.frame.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.ratio = ratio;
    this.dirty();
  }

  dirty() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (this.width) this.painter.draw();
    });
  }

  y(time) { return HEAD + (time - this.view.from) / (this.view.to - this.view.from) * (this.height - HEAD); }
  time(y) { return this.view.from + (y - HEAD) / (this.height - HEAD) * (this.view.to - this.view.from); }
  perPixel() { return (this.view.to - this.view.from) / (this.height - HEAD); }

  grab(e) {
    this.canvas.focus({preventScroll: true});
    this.canvas.setPointerCapture(e.pointerId);
    this.grabbed = {y: e.offsetY, x: e.offsetX, from: this.view.from, to: this.view.to, moved: false};
    const up = (event) => {
      this.canvas.removeEventListener("pointerup", up);
      this.canvas.removeEventListener("pointercancel", up);
      const grabbed = this.grabbed;
      this.grabbed = null;
      if (event.type === "pointerup" && grabbed && !grabbed.moved) this.click(event);
    };
    this.canvas.addEventListener("pointerup", up);
    this.canvas.addEventListener("pointercancel", up);
  }

  point(e) {
    if (this.grabbed) {
      const by = e.offsetY - this.grabbed.y;
      if (Math.abs(by) > 3) this.grabbed.moved = true;
      if (this.grabbed.moved) {
        const ns = by * (this.grabbed.to - this.grabbed.from) / (this.height - HEAD);
        this.view.setWindow(this.grabbed.from - ns, this.grabbed.to - ns);
      }
      return;
    }
    this.pointer = {x: e.offsetX, y: e.offsetY};
    const hit = this.hit(e.offsetX, e.offsetY);
    this.hovered = hit?.number ?? null;
    this.canvas.style.cursor = hit ? "pointer" : "grab";
    this.dirty();
    this.showTip(hit, e);
  }

  unpoint() {
    this.hovered = null;
    this.pointer = null;
    this.tip.hidden = true;
    this.dirty();
  }

  async showTip(hit, e) {
    this.tipFor = hit?.call ? `op${hit.call.invoke}` : hit?.number ?? null;
    this.tip.hidden = !hit;
    if (!hit) return;
    const place = () => {
      this.tip.style.left = `${Math.max(Math.min(e.offsetX + 14, this.width - this.tip.offsetWidth - 4), 4)}px`;
      this.tip.style.top = `${Math.min(e.offsetY + 14, this.height - 40)}px`;
    };
    if (hit.call) {
      const call = hit.call;
      replace(this.tip, `op ${call.invoke}: ${visible(this.run.calls.f[call.f])}, process ${call.process}, ${["", "ok", "fail", "info"][call.type]}, ${seconds(call.to - call.from)}`);
      place();
      return;
    }
    const name = (lane) => lane.name;
    replace(this.tip, `${name(hit.sourceLane)} → ${name(hit.targetLane)} ${visible(this.overview.types[hit.type])}`);
    place();
    const message = await this.run.message(hit.number).catch(() => null);
    if (!message || this.tipFor !== hit.number) return;
    replace(this.tip, el("b", {}, `${message.from} → ${message.to}`), ` sent ${seconds(message.sent)}, ${message.fate}`,
      message.reason ? ` (${visible(message.reason)})` : "", el("br"), visible(message.body.slice(0, 600)));
    place();
  }

  // The message or operation nearest to a point, or null.
  hit(x, y) {
    let best = null;
    let near = NEAR;
    for (const m of this.painter.drawn) {
      const d = distance(x, y, m);
      if (d < near) [near, best] = [d, m];
    }
    if (best) return best;
    return this.painter.bars.find((bar) => x >= bar.x && x <= bar.x + bar.width && y >= bar.y - 1 && y <= bar.y + bar.height + 1) ?? null;
  }

  click(e) {
    const hit = this.hit(e.offsetX, e.offsetY);
    if (hit?.call) {
      this.view.select({operation: hit.call.invoke});
      this.view.setCursor(this.time(e.offsetY));
    } else if (hit) {
      this.run.selectMessage(hit.number);
    } else {
      this.view.select({});
      this.view.setCursor(this.time(e.offsetY));
    }
  }

  wheel(e) {
    const at = this.time(e.offsetY);
    if (e.ctrlKey || e.metaKey || e.altKey) {
      e.preventDefault();
      this.view.zoom(Math.exp(Math.max(Math.min(e.deltaY, 60), -60) / 150), at);
      return;
    }
    // At the run's ends the wheel is the page's again.
    if (e.deltaY < 0 ? this.view.from <= 0 : this.view.to >= this.view.end) return;
    e.preventDefault();
    this.view.pan(e.deltaY * (e.deltaMode === 1 ? 20 : 1) * this.perPixel());
  }

  key(e) {
    const span = this.view.to - this.view.from;
    const keys = {
      ArrowUp: () => this.view.pan(-span / 8), ArrowDown: () => this.view.pan(span / 8),
      PageUp: () => this.view.pan(-span * 0.8), PageDown: () => this.view.pan(span * 0.8),
      "+": () => this.view.zoom(0.7), "=": () => this.view.zoom(0.7), "-": () => this.view.zoom(1 / 0.7),
      Home: () => this.view.setWindow(0, this.view.end), Escape: () => this.view.select({}),
      n: () => this.step(1), p: () => this.step(-1),
    };
    if (!keys[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    keys[e.key]();
  }

  step(by) {
    const at = this.view.message ?? Math.min(...this.painter.drawn.map((m) => m.number)) - 1;
    if (!Number.isFinite(at)) return;
    const next = at + by;
    if (next >= 0 && next < this.overview.messages) this.run.selectMessage(next);
  }
}

function distance(x, y, m) {
  const dx = m.x2 - m.x1;
  const dy = m.y2 - m.y1;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - m.x1) * dx + (y - m.y1) * dy) / length));
  return Math.hypot(x - m.x1 - t * dx, y - m.y1 - t * dy);
}
