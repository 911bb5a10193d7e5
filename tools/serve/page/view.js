// What all views of a run share: the window of time that is shown, the cursor, what is selected, what is hidden. Kept in
// the address after '#', so that a place can be sent to someone. Times are ns of the journal's clock.

export class View extends EventTarget {
  constructor(end) {
    super();
    this.end = Math.max(end, 1);
    this.from = 0;
    this.to = this.end;
    this.cursor = null;      // ns, or null
    this.message = null;     // number, or null
    this.operation = null;   // position, or null
    this.hidden = new Set(); // names of lanes
    this.types = new Set();  // names; empty: all
    this.alone = false;      // only the messages of the operation that is selected
    this.read();
    window.addEventListener("hashchange", () => this.read() && this.tell("window", "cursor", "selection", "filter"));
  }

  // "12.5s", "80ms" or seconds.
  static time(text) {
    const parts = /^(-?[\d.]+)(ns|us|ms|s)?$/.exec(text ?? "");
    return parts ? Number(parts[1]) * {ns: 1, us: 1e3, ms: 1e6, s: 1e9}[parts[2] ?? "s"] : null;
  }

  read() {
    const hash = location.hash.slice(1);
    if (hash === this.written) return false;
    const words = new URLSearchParams(hash);
    const number = (name) => /^\d+$/.test(words.get(name) ?? "") ? Number(words.get(name)) : null;
    this.cursor = View.time(words.get("t"));
    this.message = number("msg");
    this.operation = number("op");
    this.hidden = words.has("hide") ? new Set(words.get("hide").split(",").filter(Boolean)) : this.hidden;
    this.types = new Set((words.get("types") ?? "").split(",").filter(Boolean));
    this.alone = words.get("alone") === "1";
    const from = View.time(words.get("from"));
    const to = View.time(words.get("to"));
    if (from !== null && to !== null && from < to) [this.from, this.to] = [from, to];
    else if (this.cursor !== null) this.centre(this.cursor, Math.min(this.end, 1e9));
    return true;
  }

  write() {
    const words = [];
    const time = (ns) => `${Number((ns / 1e9).toFixed(9))}s`;
    if (this.cursor !== null) words.push(`t=${time(this.cursor)}`);
    if (this.message !== null) words.push(`msg=${this.message}`);
    if (this.operation !== null) words.push(`op=${this.operation}`);
    if (this.from > 0 || this.to < this.end) words.push(`from=${time(this.from)}`, `to=${time(this.to)}`);
    if (this.hidden.size || this.hiddenTouched) words.push(`hide=${[...this.hidden].map(encodeURIComponent).join(",")}`);
    if (this.types.size) words.push(`types=${[...this.types].map(encodeURIComponent).join(",")}`);
    if (this.alone) words.push("alone=1");
    this.written = words.join("&");
    history.replaceState(null, "", words.length ? `#${this.written}` : location.pathname);
  }

  tell(...what) {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.write(), 150);  // browsers refuse more than a few a second
    for (const each of what) this.dispatchEvent(new Event(each));
  }

  on(what, f) {
    for (const each of what.split(" ")) this.addEventListener(each, f);
  }

  setWindow(from, to) {
    const least = 1000;
    let span = Math.min(Math.max(to - from, least), this.end * 1.2);
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(middle - span / 2, -this.end * 0.1), this.end * 1.1 - span);
    this.to = this.from + span;
    this.tell("window");
  }

  pan(ns) { this.setWindow(this.from + ns, this.to + ns); }

  // `times` below 1 shows less time; what is at `at` stays where it is.
  zoom(times, at = (this.from + this.to) / 2) {
    this.setWindow(at - (at - this.from) * times, at + (this.to - at) * times);
  }

  centre(time, span = this.to - this.from) { this.setWindow(time - span / 2, time + span / 2); }

  // Shows `time` and leaves the window where it is if it does so already.
  reveal(from, to) {
    if (from >= this.from && to <= this.to && (to - from) * 40 > this.to - this.from) return;
    const span = Math.max((to - from) * 3, 2e6);
    this.centre((from + to) / 2, span);
  }

  setCursor(time) {
    this.cursor = time === null ? null : Math.min(Math.max(Math.round(time), 0), this.end);
    this.tell("cursor");
  }

  select({message = null, operation = null}) {
    this.message = message;
    this.operation = operation;
    this.tell("selection");
  }

  hide(names) {
    this.hidden = new Set(names);
    this.hiddenTouched = true;
    this.tell("filter");
  }

  only(types) {
    this.types = new Set(types);
    this.tell("filter");
  }

  showAlone(alone) {
    this.alone = alone;
    this.tell("filter");
  }
}
