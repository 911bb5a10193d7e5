// The message or operation that is selected, in full.
import {el, replace, seconds, duration, visible} from "./dom.js";
import {MESSAGE, rows} from "./api.js";

const MOST_CHAIN = 40;

export class Details {
  constructor(run) {
    this.run = run;
    this.body = el("div", {id: "details", "aria-live": "polite"});
    this.element = el("section", {}, el("h2", {}, "Selected"), this.body);
    run.view.on("selection", () => this.show());
    this.show();
  }

  async show() {
    const {message, operation} = this.run.view;
    if (message === null && operation === null) {
      replace(this.body, el("p", {class: "quiet"}, "Click on a message or an operation. Click beside them to set the time cursor."));
      return;
    }
    try {
      const [m, o] = await Promise.all([message === null ? null : this.run.message(message), operation === null ? null : this.run.operation(operation)]);
      if (message !== this.run.view.message || operation !== this.run.view.operation) return;
      replace(this.body, m ? this.message(m) : null, o ? this.operation(o) : null,
        m && !o ? el("p", {class: "quiet"}, "It belongs to no operation that is known: nobody's request led to it, or it cannot be told.") : null);
    } catch (error) {
      replace(this.body, el("p", {class: "problem", role: "alert"}, visible(error.message)));
    }
  }

  message(m) {
    const go = (number, text) => el("button", {onclick: () => this.run.selectMessage(number)}, text);
    return el("div", {class: "card", id: "selected-message"},
      el("h3", {}, `${m.from} → ${m.to} `, el("span", {class: "quiet"}, visible(m.type))),
      el("p", {}, `sent ${seconds(m.sent)}, `, m.fate === "taken" ? `taken ${duration(m.ended - m.sent)} later` : "",
        m.fate === "lost" ? el("b", {class: "bad"}, `lost ${duration(m.ended - m.sent)} later: ${visible(m.reason)}`) : "",
        m.fate !== "taken" && m.fate !== "lost" ? "under way where the journal ends" : "", `; number ${m.number}, #${m.id}`),
      el("pre", {class: "body"}, pretty(m.body)),
      m.bodySize > m.body.length ? el("p", {class: "quiet"}, `${m.bodySize} bytes; this is the beginning`) : null,
      el("p", {class: "ops"}, m.cause !== null ? go(m.cause, "what it followed from") : null,
        m.root !== null && m.root !== m.number ? go(m.root, "the client's request") : null));
  }

  operation(o) {
    const call = o.invoke;
    const end = o.completion;
    const zero = this.run.overview.zero;
    const chain = rows(o.chain, MESSAGE);
    const endpoints = this.run.overview.endpoints;
    return el("div", {class: "card", id: "selected-operation"},
      el("h3", {}, `op ${call.index}: ${visible(call.f)} `, el("span", {class: end ? end.type : "info"}, end ? end.type : "never answered")),
      el("p", {}, `process ${call.process}, client ${o.client ?? "?"}, ${seconds(call.time + zero)}`, end ? `, took ${duration(end.time - call.time)}` : ""),
      el("p", {class: "body"}, el("b", {}, "asked "), visible(JSON.stringify(call.value)).slice(0, 4000)),
      end ? el("p", {class: "body"}, el("b", {}, "got "), visible(JSON.stringify(end.value)).slice(0, 4000),
        end.error !== undefined ? [el("br"), el("b", {}, "error "), visible(JSON.stringify(end.error)).slice(0, 1000)] : null) : null,
      el("details", {open: chain.length <= 12}, el("summary", {}, `${chain.length} messages belong to it`),
        el("ol", {class: "chain"}, chain.slice(0, MOST_CHAIN).map((m) =>
          el("li", {}, el("button", {"data-message": m.number, onclick: () => this.run.selectMessage(m.number)},
            `${seconds(m.sent)} ${endpoints[m.from].name} → ${endpoints[m.to].name} ${visible(this.run.overview.types[m.type])}`),
          m.fate === 1 ? el("b", {class: "bad"}, " lost") : null))),
        chain.length > MOST_CHAIN ? el("p", {class: "quiet"}, `and ${chain.length - MOST_CHAIN} more in the diagram`) : null));
  }
}

function pretty(body) {
  try {
    const text = JSON.stringify(JSON.parse(body), null, 1);
    // Numbers beyond 2^53 would be shown as others than were sent.
    return visible(/\d{16}/.test(body) ? body : text);
  } catch {
    return visible(body);
  }
}
