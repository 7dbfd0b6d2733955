// Progress: a row a seat, a column a lab, and who is stuck. Drawn only while it is looked at.
import { attribute, h, show, text } from "./dom.js";
import { matches } from "./tiles.js";
import { clock, number, person } from "./words.js";

const NOBODY = "Nobody has followed the seats yet: watch does, some seconds after it starts.";

const KEY = "Goals reached, of all that a lab has; ◂ is the lab that a seat is at work on.";

/** How much of a lab is reached, for the colour; the numbers say the same. */
const level = (goals, of) => (goals === 0 ? "none" : goals < of ? "some" : "all");

export class Wall {
  constructor(section, choose) {
    this.section = section;
    this.rows = new Map();
    this.drawn = "";
    section.addEventListener("click", (event) => {
      const seat = event.target.closest("button")?.dataset.seat;
      if (seat) choose(seat, event.detail === 0);
    });
  }

  /** Show the world as it is; a wall that is hidden does nothing. */
  update(world, view) {
    if (this.section.hidden) return;
    const { course = [], stuck = [] } = world.room;
    const columns = JSON.stringify(course);
    if (columns !== this.drawn) this.#begin(course);
    this.drawn = columns;
    if (!course.length) return;
    for (const [seat, row] of this.rows) {
      if (!world.seats[seat]) {
        row.item.remove();
        this.rows.delete(seat);
      }
    }
    const standing = new Set(stuck.map(({ seat }) => seat));
    for (const seat of Object.keys(world.seats).sort((a, b) => number(a) - number(b))) {
      if (!this.rows.has(seat)) this.#add(seat, course);
      this.#paint(this.rows.get(seat), world.seats[seat], course, standing.has(seat));
      show(this.rows.get(seat).item, matches(view, seat, world.seats[seat]));
    }
  }

  /** Mark the seat whose details are shown, null for none. */
  mark(chosen) {
    for (const [seat, row] of this.rows) {
      attribute(row.button, "aria-current", seat === chosen ? "true" : null);
    }
  }

  focus(seat) {
    this.rows.get(seat)?.button.focus();
  }

  #begin(course) {
    this.rows.clear();
    if (!course.length) return this.section.replaceChildren(h("p", {}, NOBODY));
    const head = course.map(({ id, title }) => h("th", { scope: "col", title }, id));
    this.body = h("tbody");
    this.section.replaceChildren(h("table", {},
      h("caption", { class: "visually-hidden" }, "Goals reached, by seat and lab"),
      h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, "Seat"), h("th", { scope: "col" }, "Name"), ...head)),
      this.body), h("p", { class: "hint" }, KEY));
  }

  #add(seat, course) {
    const row = {
      button: h("button", { type: "button", class: "small", "data-seat": seat }, number(seat)),
      name: h("span"),
      stuck: h("strong", { class: "stuck" }, "stuck"),
      cells: course.map(() => h("td", { class: "cell" })),
    };
    row.item = h("tr", { "data-seat": seat }, h("th", { scope: "row" }, row.button),
      h("td", { class: "wall-name" }, row.stuck, " ", row.name), ...row.cells);
    this.rows.set(seat, row);
    this.body.append(row.item);
  }

  #paint(row, data, course, stuck) {
    text(row.name, person(data));
    show(row.stuck, stuck);
    attribute(row.button, "aria-label", `Seat ${row.button.textContent}`);
    course.forEach(({ id, goals: of }, i) => {
      const goals = data.labs[id] ?? 0;
      const here = data.lab === id;
      text(row.cells[i], `${goals}/${of}${here ? " ◂" : ""}`);
      attribute(row.cells[i], "data-level", level(goals, of));
      attribute(row.cells[i], "data-here", here ? "" : null);
    });
  }
}

/** Fill the panel with who is stuck, newest first. */
export function stuckPanel(panel, world, { choose, silent }) {
  const { stuck = [], followed } = world.room;
  const nothing = silent || !followed ? "Nobody follows the seats now, so nobody can say."
    : "Nobody is stuck, as far as their servers tell.";
  const told = ({ seat, because, try: attempt, since }, i) => h("li", {},
    h("p", { class: "places" },
      h("button", {
        type: "button", class: "small", "data-key": `stuck ${i} ${seat}`,
        "aria-label": `Seat ${number(seat)}`, onclick: () => choose(seat, true),
      }, number(seat)),
      h("strong", {}, person(world.seats[seat] ?? { claims: [], attendee: "" })),
      h("span", { class: "hint" }, `since ${clock(since)}`)),
    h("p", { class: "told" }, because, attempt ? h("strong", {}, ` → ${attempt}`) : null));
  panel.replaceChildren(
    h("h2", { tabindex: "-1" }, "Who is stuck"),
    stuck.length && !silent ? h("ul", { class: "plain causes" }, ...stuck.map(told))
      : h("p", {}, nothing));
}
