// The page of one run: the verdict in words, then the pictures, then what it was and its files.
import {addresses, get} from "./api.js";
import {Anomalies} from "./anomaly.js";
import {Charts} from "./charts.js";
import {Details} from "./details.js";
import {Diagram} from "./diagram.js";
import {Moment} from "./moment.js";
import {View} from "./view.js";
import {bytes, el, replace, seconds, verdictOf, visible} from "./dom.js";

const CALL = ["invoke", "completion", "process", "from", "to", "type", "f"];
const BEGINS = {"start-partition": ["partition", "stop-partition"], kill: ["kill", "start"], pause: ["pause", "resume"]};

// What all parts of the page know of the run.
class Run {
  constructor(id, story) {
    this.id = id;
    this.story = story;
    this.addresses = addresses(id);
    this.concurrency = story.run?.config?.concurrency ?? 1 << 30;
    this.kept = new Map();
    this.calls = {f: [], list: [], latestEnds: [], total: 0, stride: 1};
  }

  setOverview(overview) {
    this.overview = overview;
    this.view = new View(overview.end);
    this.faults = faultWindows(overview);
  }

  setCalls({f, total, stride, calls}) {
    const list = [];
    const latestEnds = [];
    let latest = -Infinity;
    for (let i = 0; i < calls.length; i += CALL.length) {
      list.push(Object.fromEntries(CALL.map((name, j) => [name, calls[i + j]])));
      latest = Math.max(latest, calls[i + 4]);
      latestEnds.push(latest);
    }
    this.calls = {f, list, latestEnds, total, stride};
  }

  // Answers are kept: the same message is asked for by the tip, the click and the chain.
  keep(address) {
    if (!this.kept.has(address)) {
      if (this.kept.size > 500) this.kept.clear();
      this.kept.set(address, get(address));
      this.kept.get(address).catch(() => this.kept.delete(address));
    }
    return this.kept.get(address);
  }

  message(number) { return this.keep(this.addresses.message(number)); }
  operation(position) { return this.keep(this.addresses.operation(position)); }

  // Selects a message and the operation that it belongs to, and shows it.
  async selectMessage(number) {
    const message = await this.message(number);
    this.selected = message;
    let operation = null;
    if (message.client) {
      const process = Number(message.client.slice(1)) - 1;
      const asked = message.asked - this.overview.zero;
      operation = this.calls.list.find((call) => call.process === process && call.from <= asked && asked <= call.to)?.invoke ?? null;
    }
    this.view.reveal(message.sent, message.ended);
    this.view.select({message: number, operation});
    this.view.setCursor(message.sent);
  }

  async selectOperation(position) {
    const operation = await this.operation(position);
    const from = operation.invoke.time + this.overview.zero;
    const to = operation.completion ? operation.completion.time + this.overview.zero : from + 1e6;
    this.view.reveal(from, to);
    this.view.select({operation: operation.invoke.index});
    this.view.setCursor(from);
    document.getElementById("messages")?.scrollIntoView({block: "start"});
  }
}

export function faultWindows(overview) {
  const open = new Map();
  const windows = [];
  for (const event of overview.events) {
    if (event.kind !== "fault") continue;
    let fault = null;
    try { fault = JSON.parse(event.text); } catch { continue; }
    if (BEGINS[fault.f]) {
      const window = {name: BEGINS[fault.f][0], from: event.time, to: overview.end, fault};
      open.set(BEGINS[fault.f][1], [...(open.get(BEGINS[fault.f][1]) ?? []), window]);
      windows.push(window);
    }
    for (const window of open.get(fault.f) ?? []) window.to = event.time;
    open.delete(fault.f);
  }
  return windows;
}

function heading(run) {
  const {story} = run;
  const result = story.run?.result;
  const state = result ? verdictOf(result.valid) : "broken";
  const words = result ? `${story.run.config.workload}, seed ${result.seed}` : run.id;
  const again = `gyre replay ${/^[\w@%+=:,./-]+$/.test(story.directory) ? story.directory : `'${story.directory.replaceAll("'", "'\\''")}'`}`;
  const copied = el("span", {role: "status", class: "quiet"});
  const facts = result ? [
    ["operations", result.operations], ["messages", result.messages], ["virtual time", `${result.virtual_s} s`],
    ["real time", `${result.wall_s.toFixed(2)} s${result.wall_s > 0 ? `, ${(result.virtual_s / result.wall_s).toFixed(1)}x` : ""}`],
    ["ended", result.reason], ["determinism", `${result.grade}${result.leak ? `: ${result.leak}` : ""}`], ["digest", result.digest ?? "none"],
  ] : [];
  return el("header", {}, el("p", {class: "crumbs"}, el("a", {href: "/"}, "All runs")),
    el("h1", {}, el("span", {class: `verdict ${state}`, id: "run-verdict"}, state), ` ${visible(words)}`),
    story.problems.map((problem) => el("p", {class: "problem", role: "alert"}, visible(problem))),
    el("p", {class: "copy"}, el("code", {id: "replay"}, visible(again)), " ",
      el("button", {onclick: () => navigator.clipboard.writeText(again).then(() => replace(copied, " copied"))}, "copy"), copied),
    el("dl", {class: "facts"}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, visible(value))))));
}

function findings(run) {
  const list = run.story.results?.findings ?? [];
  if (!list.length) return null;
  return el("section", {}, el("h2", {}, "What the nodes did"), el("ul", {class: "findings"}, list.slice(0, 20).map((finding) =>
    el("li", {class: finding.invalidates ? "bad" : null},
      el("button", {onclick: () => { run.view?.centre(finding.time, 2e9); run.view?.setCursor(finding.time); }}, seconds(finding.time)),
      ` ${visible(finding.node)} ${visible(finding.kind)}: `, el("span", {class: "words"}, visible(finding.text))))),
  list.length > 20 ? el("p", {class: "quiet"}, `and ${list.length - 20} more in results.json`) : null);
}

function configuration(run) {
  const config = run.story.run?.config;
  if (!config) return null;
  const rows = Object.entries(config).filter(([, value]) => value !== "" && !(Array.isArray(value) && !value.length));
  return el("section", {}, el("h2", {}, "Configuration"), el("details", {}, el("summary", {}, `${rows.length} settings; gyre ${visible(run.story.run.version)}`),
    el("table", {class: "config"}, el("tbody", {}, rows.map(([name, value]) =>
      el("tr", {}, el("th", {scope: "row"}, visible(name)), el("td", {}, visible(typeof value === "string" ? value : JSON.stringify(value)))))))));
}

function files(run) {
  const pictures = ["messages.svg", "timeline.html", "latency-raw.svg", "latency-quantiles.svg", "rate.svg"];
  return el("section", {id: "files"}, el("h2", {}, "Files"),
    el("p", {}, "Drawn from the run: ", pictures.map((name, i) => [i ? ", " : "", el("a", {href: run.addresses.picture(name)}, name)])),
    el("ul", {class: "files"}, run.story.files.map((file) => el("li", {},
      el("a", {href: run.addresses.file(file.path)}, visible(file.path)), ` ${bytes(file.size)} `,
      el("a", {href: `${run.addresses.file(file.path)}?download=1`, "aria-label": `download ${visible(file.path)}`}, "download")))));
}

export async function showRun(app, id) {
  const story = await get(addresses(id).story);
  const run = new Run(id, story);
  document.title = `${id} - gyre`;
  const anomalies = el("div");
  const pictures = el("div", {}, el("p", {class: "quiet", role: "status", id: "indexing"}, "Reading the journal."));
  replace(app, heading(run), anomalies, findings(run), pictures, configuration(run), files(run));
  replace(anomalies, new Anomalies(run).element);
  try {
    run.setOverview(await get(run.addresses.overview, (progress) => {
      document.getElementById("indexing").textContent = `Reading the journal: ${Math.round(progress * 100)} %.`;
    }));
  } catch (error) {
    replace(pictures, el("p", {class: "problem", role: "alert"}, visible(error.message)));
    return;
  }
  const diagram = new Diagram(run);
  const moment = new Moment(run);
  replace(pictures, run.overview.damage ? el("p", {class: "problem", role: "alert"}, visible(run.overview.damage)) : null,
    el("div", {class: "beside"}, diagram.element, el("aside", {}, new Details(run).element, moment.element)));
  // A history can be large: the messages come first.
  await diagram.firstPicture();
  const read = await get(run.addresses.calls).catch((error) => ({error}));
  if (read.error) {
    pictures.prepend(el("p", {class: "problem", role: "alert"}, visible(read.error.message)));
    return;
  }
  run.setCalls(read);
  diagram.dirty();
  moment.show();
  pictures.append(new Charts(run).element);
  if (run.view.message !== null) {
    const {message, cursor, from, to} = run.view;
    const placed = location.hash.includes("from=");
    await run.selectMessage(message).catch(() => {});
    if (placed) run.view.setWindow(from, to);
    if (cursor !== null) run.view.setCursor(cursor);
  } else if (run.view.operation !== null) {
    run.view.select({operation: run.view.operation});
  }
  window.gyre = {run, diagram};  // for the console, and tests
  document.body.dataset.ready = "1";
}
