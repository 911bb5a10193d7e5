// Which page the address means.
import {el, replace} from "./dom.js";
import {showList} from "./list.js";
import {showRun} from "./run.js";
import {showSweep} from "./sweep.js";

async function show() {
  const app = document.getElementById("app");
  const run = location.pathname.match(/^\/run\/([^/]+)\/([^/]+)$/);
  const sweep = location.pathname.match(/^\/sweep\/([^/]+)$/);
  try {
    if (run) await showRun(app, `${decodeURIComponent(run[1])}/${decodeURIComponent(run[2])}`);
    else if (sweep) await showSweep(app, decodeURIComponent(sweep[1]));
    else await showList(app);
  } catch (error) {
    replace(app, el("p", {class: "problem", role: "alert"}, error.message), el("p", {}, el("a", {href: "/"}, "All runs")));
  }
}

show();
