// Elements from values. Text is only ever text: nothing here takes HTML.

const SVG = "http://www.w3.org/2000/svg";

// el("a", {href: "/", onclick: f, class: "x"}, "text", child, [children]); null and false are left out.
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

export function replace(element, ...children) {
  element.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== false && child !== undefined));
}

// Control characters, which a node may have printed, as what they are called.
export function visible(text) {
  return String(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

export function seconds(ns) {
  const text = (ns / 1e9).toFixed(9).replace(/0+$/, "");
  const [whole, decimals = ""] = text.split(".");
  return `${whole}.${decimals.padEnd(3, "0")}s`;
}

export function duration(ns) {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toPrecision(3)} ms`;
  return `${(ns / 1e9).toPrecision(4)} s`;
}

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  if (size < 1 << 20) return `${(size / 1024).toFixed(1)} KiB`;
  return size < 1 << 30 ? `${(size / (1 << 20)).toFixed(1)} MiB` : `${(size / (1 << 30)).toFixed(2)} GiB`;
}

export function verdictOf(valid) {
  return valid === true ? "valid" : valid === false ? "invalid" : "unknown";
}

// A CSS variable's value, for canvases.
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
