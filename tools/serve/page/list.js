// The runs of the store: sorted, searched, filtered, as a table or as a grid of seeds; read again as the store grows.
import {get} from "./api.js";
import {el, replace, verdictOf, visible} from "./dom.js";

const PAGE = 200;       // rows that are made at a time
const REFRESH = 5000;   // ms
const SWEEPS = 5;       // shown at first

const COLUMNS = [
  {key: "verdict", title: "verdict", value: (run) => run.error ? 0 : {invalid: 1, unknown: 2, valid: 3}[verdictOf(run.valid)]},
  {key: "workload", title: "workload", value: (run) => run.workload},
  {key: "time", title: "time", value: (run) => run.name},
  {key: "seed", title: "seed", value: (run) => run.seed ?? -1, number: true},
  {key: "grade", title: "grade", value: (run) => run.grade ?? ""},
  {key: "operations", title: "operations", value: (run) => run.operations ?? -1, number: true},
  {key: "messages", title: "messages", value: (run) => run.messages ?? -1, number: true},
  {key: "speed", title: "speed", value: (run) => speed(run), number: true},
  {key: "text", title: "what to look at first", value: (run) => run.error ?? run.text ?? ""},
];

function speed(run) {
  return run.wall_s > 0 ? run.virtual_s / run.wall_s : 0;
}

function stateOf(run) {
  return run.error ? "broken" : verdictOf(run.valid);
}

// "20300101T120000-42-abcdef" as a time.
export function when(run) {
  const parts = run.name.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]} ${parts[4]}:${parts[5]}:${parts[6]}` : run.name;
}

// What a sweep has come to, each state a coloured count.
function counts(sweep) {
  const parts = ["invalid", "unknown", "broken", "valid"].filter((state) => sweep[state]).map((state) =>
    el("span", {class: `verdict ${state}`}, `${sweep[state]} ${state}`));
  return parts.length ? parts.map((part, i) => [i ? ", " : "", part]) : "nothing yet";
}

export function link(run) {
  return `/run/${run.id.split("/").map(encodeURIComponent).join("/")}`;
}

function cell(run, column) {
  switch (column.key) {
    case "verdict": return el("a", {href: link(run), class: `verdict ${stateOf(run)}`}, stateOf(run));
    case "time": return el("a", {href: link(run)}, when(run));
    case "speed": return speed(run) ? `${speed(run).toFixed(1)}x` : "";
    case "text": return visible(run.error ?? (run.anomaly ? `${run.anomaly}: ${run.text ?? ""}` : ""));
    default: return visible(run[column.key] ?? "");
  }
}

class List {
  constructor(app) {
    this.app = app;
    this.runs = [];
    const query = new URLSearchParams(location.search);
    this.search = query.get("search") ?? "";
    this.verdict = query.get("verdict") ?? "";
    this.workload = query.get("workload") ?? "";
    this.sort = query.get("sort") ?? "time";
    this.down = query.get("down") !== "0";
    this.grid = query.get("view") === "grid";
    this.limit = PAGE;
    this.summary = el("p", {class: "quiet", id: "summary"});
    this.body = el("div", {id: "runs"});
    this.sweepBody = el("div", {id: "sweeps"});
    this.workloads = el("select", {"aria-label": "workload", onchange: (e) => this.set({workload: e.target.value})});
    const search = el("input", {type: "search", id: "search", placeholder: "search: text, seed, anomaly", "aria-label": "search",
      value: this.search, oninput: (e) => this.set({search: e.target.value})});
    const verdicts = el("select", {id: "verdict", "aria-label": "verdict", onchange: (e) => this.set({verdict: e.target.value})},
      [["", "all verdicts"], ["invalid", "invalid"], ["unknown", "unknown"], ["valid", "valid"], ["broken", "not readable"]]
        .map(([value, text]) => el("option", {value, selected: value === this.verdict}, text)));
    const view = el("button", {id: "view", onclick: () => this.set({grid: !this.grid})}, "table or grid of seeds");
    replace(app, el("header", {}, el("h1", {}, "gyre"), el("div", {class: "controls"}, search, verdicts, this.workloads, view)),
      this.sweepBody, this.summary, this.body);
  }

  set(change) {
    Object.assign(this, change);
    if (!("limit" in change)) this.limit = PAGE;
    const query = new URLSearchParams();
    for (const name of ["search", "verdict", "workload"]) if (this[name]) query.set(name, this[name]);
    if (this.sort !== "time") query.set("sort", this.sort);
    if (!this.down) query.set("down", "0");
    if (this.grid) query.set("view", "grid");
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    this.draw();
  }

  async read() {
    const [{store, runs, writing}, sweeps] = await Promise.all([get("/api/runs"), get("/api/sweeps")]);
    this.sweeps = sweeps;
    this.store = store;
    this.runs = runs;
    this.writing = writing;
    const names = [...new Set(runs.map((run) => run.workload))].sort();
    replace(this.workloads, el("option", {value: ""}, "all workloads"),
      names.map((name) => el("option", {value: name, selected: name === this.workload}, name)));
    this.draw();
  }

  drawSweeps() {
    const shown = this.allSweeps ? this.sweeps : this.sweeps.slice(0, SWEEPS);
    replace(this.sweepBody, shown.length ? [el("h2", {}, "Sweeps"), el("ul", {class: "rows"}, shown.map((sweep) => el("li", {},
      el("a", {href: `/sweep/${encodeURIComponent(sweep.name)}`}, `${when(sweep)} ${visible(sweep.workload ?? "")}`),
      sweep.error ? `: ${sweep.error}` : [`, seeds ${sweep.first} to ${sweep.last}: `, counts(sweep)])))] : null,
    shown.length < this.sweeps.length
      ? el("button", {onclick: () => { this.allSweeps = true; this.drawSweeps(); }}, `${this.sweeps.length - shown.length} more sweeps`) : null,
    shown.length ? el("h2", {}, "Runs") : null);
  }

  chosen() {
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    const column = COLUMNS.find((each) => each.key === this.sort) ?? COLUMNS[2];
    const chosen = this.runs.filter((run) => (!this.verdict || stateOf(run) === this.verdict) &&
      (!this.workload || run.workload === this.workload) &&
      words.every((word) => `${run.id} ${run.seed} ${run.anomaly ?? ""} ${run.text ?? ""} ${run.nemesis ?? ""}`.toLowerCase().includes(word)));
    const keyed = chosen.map((run) => [column.value(run), run]);
    keyed.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x.name < y.name ? -1 : 1) * (this.down ? -1 : 1));
    return keyed.map(([, run]) => run);
  }

  draw() {
    this.drawSweeps();
    const chosen = this.chosen();
    const counts = ["invalid", "unknown", "valid", "broken"].map((state) => [state, chosen.filter((run) => stateOf(run) === state).length]);
    replace(this.summary, `${chosen.length} of ${this.runs.length} runs in ${this.store}: `,
      counts.filter(([, count]) => count).map(([state, count], i) =>
        [i ? ", " : "", el("span", {class: `verdict ${state}`}, `${count} ${state === "broken" ? "not readable" : state}`)]),
      this.writing ? `; ${this.writing} being written` : "");
    const shown = chosen.slice(0, this.grid ? this.limit * 10 : this.limit);
    replace(this.body, this.grid ? this.squares(shown) : this.table(shown),
      shown.length < chosen.length
        ? el("button", {onclick: () => this.set({limit: this.limit + PAGE * 5})}, `${chosen.length - shown.length} more`) : null);
  }

  table(runs) {
    const heads = COLUMNS.map((column) => el("th", {class: column.number ? "number" : null,
      "aria-sort": this.sort === column.key ? (this.down ? "descending" : "ascending") : "none"},
    el("button", {onclick: () => this.set({sort: column.key, down: this.sort === column.key ? !this.down : true})}, column.title)));
    return el("div", {class: "wide"}, el("table", {class: "list"}, el("thead", {}, el("tr", {}, heads)),
      el("tbody", {}, runs.map((run) => el("tr", {class: stateOf(run)},
        COLUMNS.map((column) => el("td", {class: column.number ? "number" : column.key === "text" ? "text" : null,
          "data-title": column.title}, cell(run, column))))))));
  }

  squares(runs) {
    const bySeed = [...runs].sort((a, b) => a.workload.localeCompare(b.workload) || (a.seed ?? 0) - (b.seed ?? 0));
    return el("div", {class: "squares"}, bySeed.map((run) =>
      el("a", {href: link(run), class: `square ${stateOf(run)}`, title: visible(`${run.workload}, seed ${run.seed ?? "?"}, ${stateOf(run)}: ${run.error ?? run.text ?? ""}`)},
        run.seed ?? "?")));
  }
}

export async function showList(app) {
  document.title = "gyre";
  const list = new List(app);
  await list.read();
  setInterval(() => {
    if (document.visibilityState === "visible") list.read().catch(() => {});
  }, REFRESH);
}
