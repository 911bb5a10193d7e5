// Which page the address means.
import {el, replace} from "./dom.js";
import {showList} from "./list.js";
import {showRun} from "./run.js";

async function show() {
  const app = document.getElementById("app");
  const run = location.pathname.match(/^\/run\/([^/]+)\/([^/]+)$/);
  try {
    if (run) await showRun(app, `${decodeURIComponent(run[1])}/${decodeURIComponent(run[2])}`);
    else await showList(app);
  } catch (error) {
    replace(app, el("p", {class: "problem", role: "alert"}, error.message), el("p", {}, el("a", {href: "/"}, "All runs")));
  }
}

show();
