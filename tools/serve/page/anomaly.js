// What is wrong, in words, with its picture and the operations that it is about, which lead into the diagram.
import {el, replace, visible} from "./dom.js";

const SHOWN = 3;       // until asked for more
const MOST_OPS = 24;

// [[what it is in the anomaly, position], ...]: the operations that a witness names.
export function operationsOf(witness) {
  const found = [];
  const add = (role, value) => {
    if (Number.isInteger(value)) found.push([role, value]);
    else if (Array.isArray(value) && value.length && value.every(Number.isInteger)) found.push([role, value[0]]);
    else if (Array.isArray(value)) for (const each of value) if (Array.isArray(each)) add(role, each);
  };
  for (const role of ["op", "add", "known", "last-present", "missed-by", "read", "writer", "ops", "operations", "cycle"]) {
    if (witness && witness[role] !== undefined) add(role, witness[role]);
  }
  const seen = new Set();
  return found.filter(([, position]) => !seen.has(position) && seen.add(position));
}

export class Anomalies {
  constructor(run) {
    this.run = run;
    this.list = run.story.results?.anomalies ?? [];
    this.shown = SHOWN;
    this.body = el("div");
    this.element = this.list.length ? el("section", {id: "anomalies"}, el("h2", {}, "What is wrong"), this.body) : el("section", {id: "anomalies"}, this.otherwise());
    if (this.list.length) this.draw();
  }

  otherwise() {
    const result = this.run.story.run?.result;
    if (!result) return null;
    if (result.valid === true) return el("p", {}, "Nothing was found to be wrong.");
    return el("p", {}, visible(`${result.anomaly ?? ""}${result.text ? `: ${result.text}` : ""}`));
  }

  draw() {
    replace(this.body, this.list.slice(0, this.shown).map((anomaly, i) => this.one(anomaly, i)),
      this.shown < this.list.length
        ? el("button", {onclick: () => { this.shown = this.list.length; this.draw(); }}, `${this.list.length - this.shown} more`) : null);
  }

  one(anomaly, i) {
    const [words, ...lanes] = String(anomaly.text).split("\n");
    const operations = operationsOf(anomaly.witness);
    const go = (position) => this.run.selectOperation(position).catch((error) => { this.said.textContent = error.message; });
    this.said = el("span", {role: "status", class: "quiet"});
    const picture = operations.length ? el("img", {class: "picture", loading: "lazy", alt: `a picture of this anomaly: ${visible(words)}`,
      src: this.run.addresses.picture(`anomaly-${i}.svg`), onerror: (e) => e.target.remove()}) : null;
    return el("article", {class: "anomaly"},
      el("h3", {}, visible(anomaly.kind)), el("p", {class: "words"}, visible(words)),
      operations.length ? el("p", {class: "ops"}, "Go to: ", operations.slice(0, MOST_OPS).map(([role, position]) =>
        el("button", {"data-op": position, onclick: () => go(position)}, `${role} ${position}`)), this.said) : null,
      picture ? el("div", {class: "wide"}, picture) : null,
      lanes.length ? el("details", {}, el("summary", {}, "as text"), el("pre", {}, visible(lanes.join("\n")))) : null);
  }
}
