// What the server answers, as values. An answer that is no success is an Error with the server's sentence.

export async function get(address, onProgress) {
  for (;;) {
    const response = await fetch(address);
    const value = await response.json().catch(() => ({error: `The answer of ${address} cannot be read.`}));
    if (!response.ok) throw new Error(value.error ?? `${address}: ${response.status}`);
    if (response.status !== 202) return value;
    onProgress?.(value.progress);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

// JSON lines as values; a line that is not whole yet is left out. It may have been begun when the file was read.
export async function getLines(address) {
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) {
    let error = `${address}: ${response.status}`;
    try { error = JSON.parse(text).error ?? error; } catch { /* no JSON: the status says it */ }
    throw new Error(error);
  }
  const values = [];
  for (const line of text.split("\n")) {
    try { values.push(JSON.parse(line)); } catch { /* the last, half written, or damaged */ }
  }
  return values;
}

// Addresses of one run; its id is "<workload>/<name>".
export function addresses(id) {
  const path = id.split("/").map(encodeURIComponent).join("/");
  return {
    story: `/api/run/${path}`,
    calls: `/api/calls/${path}`,
    overview: `/api/overview/${path}`,
    window: (from, to, filter) => `/api/window/${path}?from=${from}&to=${to}${filter}`,
    message: (number) => `/api/message/${path}/${number}`,
    operation: (position) => `/api/operation/${path}/${position}`,
    moment: (t) => `/api/moment/${path}?t=${Math.round(t)}`,
    file: (name) => `/file/${path}/${name.split("/").map(encodeURIComponent).join("/")}`,
    picture: (name) => `/picture/${path}/${name}`,
  };
}

// The rows of a flat array of numbers with `width` columns, as objects with `names`.
export function rows(flat, names) {
  const out = [];
  for (let i = 0; i + names.length <= flat.length; i += names.length) {
    out.push(Object.fromEntries(names.map((name, j) => [name, flat[i + j]])));
  }
  return out;
}

export const MESSAGE = ["number", "sent", "ended", "from", "to", "type", "fate"];
