// The messages of a window of time, in tiles of 2^level ns, fetched once and kept. While a tile is on its way, what is
// there of other levels stands in for it.
import {get} from "./api.js";

const MOST = 400;       // tiles kept
const UNDER_WAY = 6;    // requests at a time
const COLUMNS = 7;

class Tile {
  constructor(from, width) {
    this.from = from;
    this.width = width;
    this.ready = false;
    this.used = 0;
  }

  fill(answer) {
    const flat = answer.messages;
    const count = flat.length / COLUMNS;
    this.count = count;
    this.stride = answer.stride;
    this.total = answer.total;
    this.number = new Uint32Array(count);
    this.sent = new Float64Array(count);
    this.ended = new Float64Array(count);
    this.source = new Uint32Array(count);
    this.target = new Uint32Array(count);
    this.type = new Uint32Array(count);
    this.fate = new Uint8Array(count);
    for (let i = 0, at = 0; i < count; ++i, at += COLUMNS) {
      this.number[i] = flat[at];
      this.sent[i] = flat[at + 1] + this.from;
      this.ended[i] = flat[at + 2] + this.sent[i];
      this.source[i] = flat[at + 3];
      this.target[i] = flat[at + 4];
      this.type[i] = flat[at + 5];
      this.fate[i] = flat[at + 6];
    }
    this.density = answer.density;
    this.ready = true;
  }
}

export class Tiles {
  // `changed` is called when a tile has come.
  constructor(addresses, changed) {
    this.addresses = addresses;
    this.changed = changed;
    this.tiles = new Map();
    this.wanted = [];
    this.underWay = 0;
    this.round = 0;
    this.filter = "";
    this.failure = null;
  }

  setFilter(filter) {
    if (filter === this.filter) return;
    this.filter = filter;
    this.tiles.clear();
    this.wanted = [];
  }

  // The tiles of the window, those that stand in first. `waiting` of the result says whether any is on its way.
  window(from, to) {
    ++this.round;
    const level = Math.max(Math.ceil(Math.log2((to - from) / 2)), 10);
    const width = 2 ** level;
    const out = [];
    let waiting = false;
    this.wanted = [];
    for (let k = Math.floor(from / width); k * width < to; ++k) {
      const tile = this.tile(level, k);
      if (tile.ready) {
        out.push(tile);
        continue;
      }
      waiting = true;
      out.unshift(...this.standIns(level, k));
    }
    // One to each side, so that panning finds them there.
    this.tile(level, Math.floor(from / width) - 1);
    this.tile(level, Math.floor(to / width) + 1);
    this.fetch();
    out.waiting = waiting;
    return out;
  }

  tile(level, k) {
    const key = `${level}:${k}`;
    let tile = this.tiles.get(key);
    if (!tile) {
      tile = new Tile(k * 2 ** level, 2 ** level);
      tile.key = key;
      this.tiles.set(key, tile);
    }
    tile.used = this.round;
    if (!tile.ready && !tile.asked) this.wanted.push(tile);
    return tile;
  }

  standIns(level, k) {
    for (let up = 1; up <= 3; ++up) {
      const above = this.tiles.get(`${level + up}:${Math.floor(k / 2 ** up)}`);
      if (above?.ready) return [above];
    }
    return [0, 1].map((half) => this.tiles.get(`${level - 1}:${2 * k + half}`)).filter((tile) => tile?.ready);
  }

  fetch() {
    while (this.underWay < UNDER_WAY && this.wanted.length) {
      const tile = this.wanted.shift();
      const filter = this.filter;
      tile.asked = true;
      ++this.underWay;
      get(this.addresses.window(tile.from, tile.from + tile.width, filter)).then((answer) => {
        if (filter === this.filter) tile.fill(answer);
      }, (error) => {
        this.failure = error;
        this.tiles.delete(tile.key);
      }).finally(() => {
        --this.underWay;
        this.forget();
        this.changed();
        this.fetch();
      });
    }
  }

  forget() {
    if (this.tiles.size <= MOST) return;
    const old = [...this.tiles.entries()].filter(([, tile]) => tile.ready).sort(([, a], [, b]) => a.used - b.used);
    for (const [key] of old.slice(0, this.tiles.size - MOST)) this.tiles.delete(key);
  }
}
