// The grid: a tile a seat. Tiles are made once; later only what differs is touched.
import { arrange, attribute, h, show, text } from "./dom.js";
import { MARKS, number, person, spoken, urgency, line } from "./words.js";

const ORDERS = {
  seat: () => 0,
  trouble: (a, b) => urgency(b) - urgency(a),
  name: (a, b) => (person(a) === "") - (person(b) === "") || person(a).localeCompare(person(b)),
  active: (a, b) => b.active - a.active,
  disk: (a, b) => (b.quota?.percent ?? -1) - (a.quota?.percent ?? -1),
};

export const FILTERS = {
  all: () => true,
  help: (data) => urgency(data) > 0,
  claimed: (data) => data.claims.length > 0,
  open: (data) => !data.claims.length && !data.spare,
  spare: (data) => data.spare,
};

/** Whether a seat is among those that were asked for. */
export function matches({ filter, search }, seat, data) {
  return FILTERS[filter](data)
    && `${seat} ${person(data)} ${data.attendee}`.toLowerCase().includes(search.trim().toLowerCase());
}

function build(seat) {
  const tile = {
    number: h("span", { class: "tile-number" }, number(seat)),
    name: h("span", { class: "tile-name" }),
    line: h("span", { class: "tile-line" }),
    pips: h("span", { class: "pips" }),
    helper: h("span", { class: "helper" }, "H"),
  };
  const head = h("span", { class: "tile-row" }, tile.number, tile.pips);
  const foot = h("span", { class: "tile-row" }, tile.line, tile.helper);
  tile.button = h("button", { type: "button", class: "tile", tabindex: "-1" }, head, tile.name, foot);
  tile.item = h("li", { "data-seat": seat }, tile.button);
  return tile;
}

function paint(tile, seat, data, silent, now) {
  const words = line(data, silent, now);
  text(tile.name, person(data));
  text(tile.line, words);
  show(tile.helper, data.helpers > 0);
  attribute(tile.button, "aria-label", spoken(seat, data, silent, now));
  attribute(tile.button, "data-state", MARKS[silent ? "unknown" : data.state].kind);
  attribute(tile.button, "data-urgency", String(silent ? 2 : urgency(data)));
  attribute(tile.button, "data-free", data.claims.length ? null : "");
  const parts = Object.entries(data.parts);
  while (tile.pips.childElementCount > parts.length) tile.pips.lastChild.remove();
  while (tile.pips.childElementCount < parts.length) tile.pips.append(h("i"));
  parts.forEach(([, part], i) =>
    attribute(tile.pips.children[i], "class", `mark ${MARKS[silent ? "unknown" : part.state].kind}`));
}

export class Tiles {
  constructor(list, choose) {
    this.list = list;
    this.tiles = new Map();
    this.world = { seats: {} };
    this.view = { filter: "all", sort: "seat", search: "" };
    this.unsorted = false;
    list.addEventListener("click", (event) => {
      const seat = event.target.closest("li")?.dataset.seat;
      if (seat) choose(seat, event.detail === 0);
    });
    list.addEventListener("keydown", (event) => this.#step(event));
    list.addEventListener("focusin", ({ target }) => this.#stop(target.closest("li").dataset.seat));
    for (const leave of ["pointerleave", "focusout"]) {
      list.addEventListener(leave, () => setTimeout(() => this.unsorted && this.arrange(), 0));
    }
  }

  /** Take over the world's changes; `seats` null means all of them. */
  update(world, silent, now, seats) {
    this.world = world;
    for (const seat of seats ?? [...new Set([...Object.keys(world.seats), ...this.tiles.keys()])]) {
      const data = world.seats[seat];
      if (!data) {
        this.tiles.get(seat)?.item.remove();
        this.tiles.delete(seat);
        continue;
      }
      if (!this.tiles.has(seat)) this.tiles.set(seat, build(seat));
      paint(this.tiles.get(seat), seat, data, silent, now);
    }
    this.arrange();
  }

  /** Filter at once; order only while nobody points at a tile, which must not move away then. */
  arrange() {
    for (const [seat, tile] of this.tiles) {
      show(tile.item, matches(this.view, seat, this.world.seats[seat]));
    }
    const rests = this.list.matches(":hover, :focus-within");
    this.unsorted = rests && this.list.childElementCount === this.tiles.size;
    if (!this.unsorted) this.sort();
  }

  sort() {
    const by = ORDERS[this.view.sort];
    const seats = this.world.seats;
    const ordered = [...this.tiles.keys()].sort(
      (a, b) => by(seats[a], seats[b]) || number(a) - number(b));
    arrange(this.list, ordered.map((seat) => this.tiles.get(seat).item));
    if (!this.list.querySelector("li:not([hidden]) [tabindex='0']")) this.#stop(this.#visible()[0]);
  }

  /** Mark the seat whose details are shown, null for none. */
  mark(chosen) {
    for (const [seat, tile] of this.tiles) {
      attribute(tile.button, "aria-current", seat === chosen ? "true" : null);
    }
  }

  focus(seat) {
    this.tiles.get(seat)?.button.focus();
  }

  #visible() {
    return [...this.list.children].filter((item) => !item.hidden).map((item) => item.dataset.seat);
  }

  /** One tile takes part in the tab order; arrow keys go from tile to tile. */
  #stop(seat) {
    for (const [name, tile] of this.tiles) {
      attribute(tile.button, "tabindex", name === seat ? "0" : "-1");
    }
  }

  #step(event) {
    const seats = this.#visible();
    const at = seats.indexOf(event.target.closest("li").dataset.seat);
    const top = (seat) => this.tiles.get(seat).item.offsetTop;
    const columns = seats.filter((seat) => top(seat) === top(seats[0])).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const ends = { Home: 0, End: seats.length - 1 };
    const next = event.key in ends ? ends[event.key] : at + (steps[event.key] ?? NaN);
    if (!(next in seats)) return;
    event.preventDefault();
    this.focus(seats[next]);
  }
}
