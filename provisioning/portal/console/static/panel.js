// The right-hand side: one seat in detail, or what needs the instructor.
import { $, h } from "./dom.js";
import { MARKS, ago, clock, disk, number, order, person } from "./words.js";

const RESTARTABLE = $("#panel").dataset.restartable.split(" ");

const mark = (state) =>
  h("span", { class: `mark ${MARKS[state].kind}`, role: "img", "aria-label": MARKS[state].word });

// `key` finds the button again after the panel was drawn anew, for whoever has the focus on it.
const button = (key, words, onclick, more = {}) =>
  h("button", { type: "button", "data-key": key, onclick, ...more }, words);

function component(seat, name, part, act) {
  const restart = { class: "small", "aria-label": `Restart ${name}` };
  const why = [part.check, part.seen].filter(Boolean).join(": ");
  return h("li", { class: "component" },
    mark(part.state),
    h("span", { class: "component-name" }, name),
    h("span", { class: "version" }, part.state === "ok" ? part.version : MARKS[part.state].word),
    RESTARTABLE.includes(name)
      ? button(name, "Restart", () => act.restart(seat, name), restart) : null,
    why ? told(why, part.fix) : null);
}

const told = (seen, fix) =>
  h("p", { class: "told" }, seen, fix ? h("strong", {}, ` → ${fix}`) : null);

function components(seat, data, silent, act) {
  const parts = Object.entries(data.parts);
  if (!parts.length) return h("p", {}, "Not looked at yet.");
  const unknown = { state: "unknown" };
  return h("ul", { class: "plain components" }, ...parts.map(([name, part]) =>
    component(seat, name, silent ? unknown : part, act)));
}

function people(data) {
  if (!data.claims.length) {
    const whose = data.attendee ? `Expected: ${data.attendee}. Not claimed yet.`
      : "A spare seat: nobody is expected here.";
    return h("p", {}, whose);
  }
  return h("ul", { class: "plain" }, ...data.claims.map(({ name, at, devices }) =>
    h("li", {}, h("strong", {}, name), ` since ${clock(at)}`,
      devices > 1 ? `, ${devices} devices` : "")));
}

function usage(quota, lift) {
  if (!quota) return null;
  const limit = `${(quota.limit / 2 ** 30).toFixed(1)} GiB`;
  const words = quota.stopped ? `${limit} are full, ${quota.component} is stopped`
    : `${disk(quota)} of ${limit}, ${quota.component}`;
  const meter = h("meter", {
    min: "0", max: "100", high: "80", optimum: "0", value: String(Math.min(quota.percent, 100)),
    "aria-label": "disk used",
  });
  return h("div", { class: "usage" }, meter, h("span", {}, words),
    quota.tight ? button("lift", "Lift the quota…", lift) : null);
}

function buttons(seat, data, world, act) {
  const spare = Object.keys(world.seats).filter((name) => name !== seat && world.seats[name].spare);
  return h("div", { class: "panel-buttons" },
    button("open", "Open as helper", () => act.open(seat), { class: "primary" }),
    button("stop", "Stop workers…", () => act.stop(seat)),
    button("reissue", "New code…", () => act.reissue(seat)),
    data.claims.length ? button("release", "Release…", () => act.release(seat)) : null,
    person(data) && spare.length
      ? button("move", "Spare seat…", () => act.move(seat, data, spare)) : null);
}

const stuckness = ({ because, try: attempt, since }) => h("div", { class: "note failed" },
  h("p", {}, h("strong", {}, `Stuck since ${clock(since)}`)), told(because, attempt));

/** Fill the panel with one seat. */
export function seatPanel(panel, seat, data, world, act, { now, silent, close, stuck }) {
  const all = [
    h("header", { class: "panel-head" },
      h("h2", { tabindex: "-1" }, `Seat ${number(seat)}`),
      button("close", "Close", close, { class: "small" })),
    data.helpers ? h("p", { class: "note" }, "A helper is in this seat.") : null,
    people(data),
    ...stuck.map(stuckness),
    h("p", {}, data.active ? `Last activity: ${ago(data.active, now)}` : "No activity yet"),
    usage(data.quota, () => act.lift(seat)),
    buttons(seat, data, world, act),
    data.order ? h("p", { class: `note ${data.order.state}` }, order(data.order)) : null,
    h("h3", {}, "Components"),
    components(seat, data, silent, act),
  ];
  panel.replaceChildren(...all.filter(Boolean));
}

/** Fill the panel with what needs the instructor. */
export function roomPanel(panel, found, { choose, silent }) {
  const nothing = silent ? "Nobody is looking at the seats, so nobody can say."
    : "Nothing needs you. Choose a seat to see it in detail.";
  const chip = (component, seat) => button(`${component} ${seat}`, number(seat),
    () => choose(seat, true), { class: "small", "aria-label": `Seat ${number(seat)}` });
  const list = found.map((cause) => h("li", {},
    h("p", { class: "places" }, mark(cause.state),
      h("strong", {}, `${cause.component} ${MARKS[cause.state].word}`),
      ...cause.seats.map((seat) => chip(cause.component, seat))),
    told(cause.seen, cause.fix)));
  panel.replaceChildren(
    h("h2", { tabindex: "-1" }, "Needs you"),
    list.length ? h("ul", { class: "plain causes" }, ...list) : h("p", {}, nothing));
}
