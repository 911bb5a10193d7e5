// One sweep: how many seeds ended how, the failures in groups, and every seed as a square of its verdict's colour; read
// again while it grows.
import {getLines} from "./api.js";
import {el, replace, visible} from "./dom.js";
import {link, when} from "./list.js";

const REFRESH = 5000;    // ms
const SQUARES = 5000;    // that are made at a time
const STATES = ["invalid", "unknown", "broken", "valid"];

// The sweep's command, for one seed.
function again(command, seed) {
  return command.replace(/--seeds[ =]\S+/, `--seeds ${seed}`);
}

class Sweep {
  constructor(app, name) {
    this.name = name;
    this.limit = SQUARES;
    this.state = "";
    this.chosen = null;
    this.summary = el("p", {id: "sweep-summary"});
    this.groups = el("div", {id: "groups"});
    this.detail = el("div", {id: "seed", "aria-live": "polite"});
    this.squares = el("div", {class: "squares", id: "squares"});
    this.more = el("p", {});
    this.title = el("h1", {}, "sweep");
    this.command = el("code", {});
    const states = el("select", {id: "state", "aria-label": "verdict", onchange: (e) => { this.state = e.target.value; this.draw(); }},
      [["", "all seeds"], ["invalid", "invalid"], ["unknown", "unknown"], ["broken", "broken"], ["valid", "valid"]]
        .map(([value, text]) => el("option", {value}, text)));
    replace(app, el("p", {class: "crumbs"}, el("a", {href: "/"}, "All runs")), this.title, this.summary,
      el("p", {class: "copy"}, this.command), this.groups, el("h2", {}, "Seeds"), el("div", {class: "controls"}, states),
      this.detail, this.squares, this.more);
  }

  async read() {
    const [head, ...outcomes] = await getLines(`/api/sweep/${encodeURIComponent(this.name)}`);
    if (!head || !("gyre-sweep" in head)) throw new Error("This is not the record of a sweep, or not one of this version of gyre.");
    if (this.outcomes?.length === outcomes.length) return;
    this.head = head;
    this.outcomes = outcomes.sort((a, b) => a.seed - b.seed);
    this.draw();
  }

  draw() {
    const {head, outcomes} = this;
    document.title = `sweep of ${head.workload}`;
    replace(this.title, `${visible(head.workload)}, seeds ${head.first} to ${head.last}`);
    replace(this.command, visible(head.command));
    const counts = STATES.map((state) => [state, outcomes.filter((outcome) => outcome.state === state).length]).filter(([, count]) => count);
    replace(this.summary, `${when({name: this.name})}: ${outcomes.length} of ${head.last - head.first + 1} seeds ended: `,
      counts.map(([state, count], i) => [i ? ", " : "", el("span", {class: `verdict ${state}`}, `${count} ${state}`)]));
    replace(this.groups, this.groupCards());
    const shown = outcomes.filter((outcome) => !this.state || outcome.state === this.state);
    replace(this.squares, shown.slice(0, this.limit).map((outcome) => this.square(outcome)));
    replace(this.more, shown.length > this.limit
      ? el("button", {onclick: () => { this.limit += SQUARES * 4; this.draw(); }}, `${shown.length - this.limit} more`) : null);
  }

  square(outcome) {
    const title = `seed ${outcome.seed}, ${outcome.state}${outcome.text ? `: ${visible(outcome.text)}` : ""}`;
    return el("button", {class: `square ${outcome.state}`, title, "data-seed": outcome.seed, onclick: () => this.choose(outcome)},
      outcome.seed);
  }

  choose(outcome) {
    this.chosen = outcome;
    replace(this.detail, el("div", {class: "card"},
      el("p", {}, `Seed ${outcome.seed}: `, el("span", {class: `verdict ${outcome.state}`}, outcome.state),
        outcome.group ? `, ${visible(outcome.group)}` : ""),
      outcome.text ? el("p", {class: "words"}, visible(outcome.text)) : null,
      outcome.run ? el("p", {}, el("a", {href: link({id: outcome.run})}, "Look at the run")) : null,
      el("p", {class: "copy"}, el("code", {}, visible(outcome.replay ?? again(this.head.command, outcome.seed))))));
    this.detail.scrollIntoView({block: "nearest"});
  }

  groupCards() {
    const groups = new Map();
    for (const outcome of this.outcomes) {
      if (!outcome.group) continue;
      const group = groups.get(outcome.group) ?? {first: outcome, count: 0};
      ++group.count;
      groups.set(outcome.group, group);
    }
    const sorted = [...groups.entries()].sort(([, a], [, b]) => b.count - a.count);
    return sorted.map(([name, {first, count}]) => el("div", {class: "anomaly"},
      el("h3", {}, `${visible(name)}, ${count} ${count === 1 ? "seed" : "seeds"}`),
      el("p", {class: "words"}, `Seed ${first.seed}: ${visible(first.text)}`),
      el("button", {onclick: () => this.choose(first)}, `seed ${first.seed}`)));
  }
}

export async function showSweep(app, name) {
  document.title = "sweep";
  const sweep = new Sweep(app, name);
  await sweep.read();
  setInterval(() => {
    if (document.visibilityState === "visible") sweep.read().catch(() => {});
  }, REFRESH);
}
