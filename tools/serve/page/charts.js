// Latency and rate over time, by uPlot: they share their time axis and the cursor with the diagram; a drag shows that time in
// it, a click sets the cursor.
import uPlot from "./uPlot.esm.js";
import {colour, el, replace, visible} from "./dom.js";

const HEIGHT = 220;
const TYPES = [["ok", 1], ["info", 3], ["fail", 2]];
const QUANTILES = [[0.5, "0.5"], [0.95, "0.95"], [0.99, "0.99"], [1, "1"]];
const SHADES = ["ok", "server", "info", "fail"];
const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3], [12, 4], [1, 5]];

export class Charts {
  constructor(run) {
    this.run = run;
    this.plots = [];
    this.places = el("div", {class: "charts"});
    this.element = el("section", {id: "charts"}, el("h2", {}, "Latency and rate"), this.places,
      el("p", {class: "quiet"}, "Drag over a stretch to see its messages; click to set the time cursor; shaded: faults.",
        run.calls.stride > 1 ? ` 1 of ${run.calls.stride} operations is drawn.` : ""));
    run.view.on("cursor window", () => this.plots.forEach((plot) => this.mark(plot)));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.resize()).observe(this.places);
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    if (!this.run.calls.list.length) {
      replace(this.places, el("p", {class: "quiet"}, "No operation was invoked."));
      return;
    }
    replace(this.places);
    this.latencyRaw();
    this.latencyQuantiles();
    this.rate();
  }

  plot(title, data, series, y) {
    const {run} = this;
    const place = el("div", {class: "chart", id: title});
    this.places.append(place);
    const axis = {stroke: colour("dim"), grid: {stroke: colour("line"), width: 1}, ticks: {stroke: colour("line")}, font: "11px sans-serif"};
    const plot = new uPlot({
      title, width: place.clientWidth || 320, height: HEIGHT, series: [{label: "time, s"}, ...series],
      scales: {x: {time: false, range: [0, run.overview.end / 1e9]}, y},
      axes: [axis, {...axis, size: 60, values: (u, values) => values.map((v) => v === null ? "" : Number(v.toPrecision(6)).toString())}],
      legend: {show: series.length > 1, live: false},
      cursor: {drag: {x: true, y: false, setScale: false}, points: {show: false}, sync: {key: "gyre"}},
      hooks: {
        drawClear: [(u) => this.shade(u)],
        draw: [(u) => this.mark(u)],
        setSelect: [(u) => this.selected(u)],
        ready: [(u) => u.over.addEventListener("click", (e) => this.clicked(u, e))],
      },
    }, data, place);
    this.plots.push(plot);
  }

  shade(u) {
    const c = u.ctx;
    c.save();
    c.fillStyle = colour("fault");
    c.globalAlpha = 0.13;
    for (const fault of this.run.faults) {
      const x = u.valToPos(fault.from / 1e9, "x", true);
      c.fillRect(x, u.bbox.top, Math.max(u.valToPos(fault.to / 1e9, "x", true) - x, 1), u.bbox.height);
    }
    c.restore();
  }

  // The cursor and the diagram's window, as elements over the chart: they move with each frame of a drag, and drawing the
  // charts again would take longer than a frame.
  mark(u) {
    const {view} = this.run;
    if (!u.marks) {
      u.marks = ["window", "cursor"].map((name) => el("div", {class: `mark-${name}`}));
      u.over.append(...u.marks);
    }
    const [shown, cursor] = u.marks;
    const x = (ns) => Math.min(Math.max(u.valToPos(ns / 1e9, "x"), 0), u.over.clientWidth);
    const part = view.from > 0 || view.to < view.end;
    shown.style.display = part ? "" : "none";
    shown.style.left = `${x(view.from)}px`;
    shown.style.width = `${Math.max(x(view.to) - x(view.from), 2)}px`;
    cursor.style.display = view.cursor === null ? "none" : "";
    if (view.cursor !== null) cursor.style.left = `${x(view.cursor)}px`;
  }

  selected(u) {
    if (u.select.width < 4) return;
    const from = u.posToVal(u.select.left, "x") * 1e9;
    const to = u.posToVal(u.select.left + u.select.width, "x") * 1e9;
    u.setSelect({left: 0, width: 0, top: 0, height: 0}, false);
    this.dragged = true;
    this.run.view.setWindow(from, to);
  }

  clicked(u, e) {
    if (this.dragged) {
      this.dragged = false;
      return;
    }
    const t = u.posToVal(e.offsetX, "x") * 1e9;
    this.run.view.setCursor(t);
    if (t < this.run.view.from || t > this.run.view.to) this.run.view.centre(t);
  }

  seconds(call) { return (call.from + this.run.overview.zero) / 1e9; }
  latency(call) { return Math.max((call.to - call.from) / 1e6, 1e-6); }
  ended() { return this.run.calls.list.filter((call) => call.completion >= 0); }

  latencyRaw() {
    const calls = this.ended();
    const data = [calls.map((call) => this.seconds(call)),
      ...TYPES.map(([, type]) => calls.map((call) => call.type === type ? this.latency(call) : null))];
    this.plot("latency-raw", data, TYPES.map(([name]) => ({label: `${name}, ms`, stroke: colour(name), paths: () => null,
      points: {show: true, size: 4, width: 0, fill: colour(name)}})), {distr: 3, range: decades});
  }

  // Second by second, or coarser where the run is long.
  buckets() {
    const calls = this.ended();
    const end = Math.max(...calls.map((call) => call.to)) / 1e9;
    const width = Math.max(1, Math.ceil(end / 240));
    return {calls, width, count: Math.floor(end / width) + 1};
  }

  x(width, count) { return Array.from({length: count}, (_, i) => (i + 0.5) * width + this.run.overview.zero / 1e9); }

  latencyQuantiles() {
    const {calls, width, count} = this.buckets();
    const series = [];
    const data = [this.x(width, count)];
    this.run.calls.f.forEach((name, f) => {
      const by = Array.from({length: count}, () => []);
      for (const call of calls) if (call.f === f) by[Math.floor(call.from / 1e9 / width)]?.push(this.latency(call));
      for (const bucket of by) bucket.sort((a, b) => a - b);
      QUANTILES.forEach(([q, title], i) => {
        data.push(by.map((bucket) => bucket.length ? bucket[Math.min(Math.floor(bucket.length * q), bucket.length - 1)] : null));
        series.push({label: `${visible(name)} ${title}, ms`, stroke: colour(SHADES[i]), width: 1.5, dash: DASHES[f % DASHES.length], spanGaps: true, points: {show: false}});
      });
    });
    this.plot("latency-quantiles", data, series, {distr: 3, range: decades});
  }

  rate() {
    const {calls, width, count} = this.buckets();
    const series = [];
    const data = [this.x(width, count)];
    this.run.calls.f.forEach((name, f) => {
      for (const [title, type] of TYPES) {
        const by = new Array(count).fill(0);
        let any = false;
        for (const call of calls) {
          if (call.f !== f || call.type !== type) continue;
          by[Math.floor(call.to / 1e9 / width)] += this.run.calls.stride / width;
          any = true;
        }
        if (!any) continue;
        data.push(by);
        series.push({label: `${visible(name)} ${title}, 1/s`, stroke: colour(title), width: 1.5, dash: DASHES[f % DASHES.length], points: {show: false}});
      }
    });
    this.plot("rate", data, series, {range: (u, least, most) => [0, Math.max(most * 1.05, 1)]});
  }

  resize() {
    for (const plot of this.plots) {
      const width = plot.root.parentElement.clientWidth;
      if (width > 0 && width !== plot.width) plot.setSize({width, height: HEIGHT});
    }
  }
}

// A logarithmic axis in whole decades.
function decades(u, least, most) {
  if (!(most > 0)) return [0.1, 1];
  const low = 10 ** Math.floor(Math.log10(least));
  return [low, Math.max(10 ** Math.ceil(Math.log10(most)), low * 10)];
}
