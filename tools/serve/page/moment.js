// What was the case at the cursor: faults, what was under way, what clients waited for, what nodes had last logged.
import {MESSAGE, get, rows} from "./api.js";
import {el, replace, seconds, duration, visible} from "./dom.js";
import {View} from "./view.js";

const MOST = 30;
const DELAY = 80;  // ms

export class Moment {
  constructor(run) {
    this.run = run;
    this.input = el("input", {id: "cursor", size: "14", "aria-label": "time", placeholder: "12.5s",
      onchange: (e) => run.view.setCursor(View.time(e.target.value.trim()))});
    this.body = el("div", {id: "moment"});
    this.element = el("section", {}, el("h2", {}, "At ", this.input), this.body);
    run.view.on("cursor", () => this.later());
    this.show();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(), DELAY);
  }

  async show() {
    const t = this.run.view.cursor;
    if (document.activeElement !== this.input) this.input.value = t === null ? "" : seconds(t);
    if (t === null) {
      replace(this.body, el("p", {class: "quiet"}, "Set the cursor, by a click beside the messages or in a chart, to see what was the case then."));
      return;
    }
    const answer = await get(this.run.addresses.moment(t)).catch((error) => ({error}));
    if (t !== this.run.view.cursor) return;
    if (answer.error) {
      replace(this.body, el("p", {class: "problem", role: "alert"}, visible(answer.error.message)));
      return;
    }
    replace(this.body, this.faults(t), this.waiting(t), this.underWay(answer.underWay, t), this.logs(answer.logs));
  }

  faults(t) {
    const at = this.run.faults.filter((fault) => fault.from <= t && t < fault.to);
    const down = this.down(t);
    const phase = this.run.overview.events.filter((event) => event.kind === "phase" && event.time <= t).at(-1);
    return [el("p", {}, `Phase ${visible(phase?.text ?? "none")}. `, at.length || down.length ? null : "No fault at work; all nodes up."),
      at.map((fault) => el("div", {class: "card fault"}, el("b", {}, fault.name), ` since ${seconds(fault.from)}, until ${seconds(fault.to)}`,
        fault.fault.kind ? ` (${visible(fault.fault.kind)})` : "",
        fault.fault.nodes ? `: ${visible(fault.fault.nodes.join(", "))}` : "",
        fault.fault.grudge ? el("ul", {class: "grudge"}, Object.entries(fault.fault.grudge).filter(([, from]) => from.length)
          .map(([node, from]) => el("li", {}, `${visible(node)} hears nothing from ${visible(from.join(", "))}`))) : null)),
      down.length ? el("p", {}, el("b", {class: "bad"}, "down: "), down.map(([name, why]) => `${name} (${visible(why)})`).join(", ")) : null];
  }

  // Nodes whose last start or death was a death.
  down(t) {
    const last = new Map();
    for (const event of this.run.overview.events) {
      if (event.time > t) break;
      if (event.kind === "start" || event.kind === "death") last.set(event.node, event);
    }
    return [...last.values()].filter((event) => event.kind === "death")
      .map((event) => [this.run.overview.endpoints[event.node].name, event.text]);
  }

  waiting(t) {
    const {calls, overview} = this.run;
    const open = calls.list.filter((call) => call.from + overview.zero <= t && t < call.to + overview.zero);
    if (!open.length) return el("p", {class: "quiet"}, "No client waits for anything.");
    return el("details", {open: open.length <= 8}, el("summary", {}, `${open.length} clients wait`), el("ul", {class: "rows"},
      open.slice(0, MOST).map((call) => el("li", {}, el("button", {onclick: () => this.run.selectOperation(call.invoke)},
        `process ${call.process}: ${visible(calls.f[call.f])}, op ${call.invoke}`), ` for ${duration(t - call.from - overview.zero)}`))));
  }

  underWay({count, messages}, t) {
    if (!count) return el("p", {class: "quiet"}, "No message is under way.");
    const {endpoints, types} = this.run.overview;
    return el("details", {open: count <= 8}, el("summary", {}, `${count} messages under way`), el("ul", {class: "rows"},
      rows(messages, MESSAGE).slice(0, MOST).map((m) => el("li", {}, el("button", {onclick: () => this.run.selectMessage(m.number)},
        `${endpoints[m.from].name} → ${endpoints[m.to].name} ${visible(types[m.type])}`), ` for ${duration(t - m.sent)}`,
      m.fate === 1 ? el("b", {class: "bad"}, ", will be lost") : null))));
  }

  logs(logs) {
    const told = Object.entries(logs).filter(([, lines]) => lines.length);
    if (!told.length) return el("p", {class: "quiet"}, "No node has logged anything by then.");
    return told.map(([node, lines]) => el("details", {open: told.length <= 5}, el("summary", {}, `${visible(node)} logged last`),
      el("pre", {class: "log"}, lines.map((line) => `${visible(line)}\n`))));
  }
}
