// The console's page: joins the stream, the grid and the panel.
import { actions } from "./actions.js";
import { announce, laptop } from "./dialogs.js";
import { $, show, text } from "./dom.js";
import { roomPanel, seatPanel } from "./panel.js";
import { follow, now } from "./stream.js";
import { FILTERS, Tiles, matches } from "./tiles.js";
import { tip } from "./tip.js";
import { Wall, stuckPanel } from "./wall.js";
import { causes, clock, legend, number, order, urgency } from "./words.js";

const TICK_MS = 15000;
const SAID_MS = 8000;
const MANY = 5;

let chosen = null;
let drawn = "";
let lostSince = 0;
let troubles = null;
const orders = new Map();

const panel = $("#panel");
const said = $("#said");
let hush = 0;

/** Say something in passing: a line at the bottom, read out by screen readers. */
function say(words, bad = false) {
  clearTimeout(hush);
  said.className = bad ? "said bad" : "said";
  text(said, words);
  hush = setTimeout(() => text(said, ""), SAID_MS);
}

const act = actions(say);
const tiles = new Tiles($("#grid"), choose);
const wall = new Wall($("#progress"), choose);
const shown = () => ($("#progress").hidden ? tiles : wall);
const silent = () => world.room.silent || lostSince > 0;

function choose(seat, byKeyboard = false) {
  chosen = seat;
  tiles.mark(seat);
  wall.mark(seat);
  drawPanel();
  if (byKeyboard) $("h2", panel).focus();
}

function leave() {
  const back = chosen;
  choose(null);
  shown().focus(back);
}

/** Draw the panel anew when there is news; not in the middle of a click, which would be lost. */
function refreshPanel() {
  if (!panel.matches(":active")) drawPanel();
  else addEventListener("pointerup", () => setTimeout(drawPanel), { once: true });
}

/** Draw the panel again if what it shows has changed, and keep the focus where it was. */
function drawPanel() {
  const data = chosen && world.seats[chosen];
  const found = silent() ? [] : causes(world.seats);
  const { stuck = [], followed } = world.room;
  const here = stuck.filter(({ seat }) => seat === chosen);
  const other = shown() === wall ? { stuck, followed } : found;
  const shows = JSON.stringify([chosen, silent(), data ? [data, here] : other]);
  if (shows === drawn) return;
  drawn = shows;
  const key = panel.contains(document.activeElement) && document.activeElement.dataset.key;
  const how = { now: now(world), silent: silent(), close: leave, choose };
  if (data) seatPanel(panel, chosen, data, world, act, { ...how, stuck: here });
  else if (shown() === wall) stuckPanel(panel, world, how);
  else roomPanel(panel, found, how);
  if (key) panel.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function drawHead() {
  const { room, seats } = world;
  const quiet = silent();
  document.title = quiet ? "? console" : `${room.ready}/${room.total} ${room.classroom}`;
  text($("#line"), quiet ? "state unknown" : `${room.ready} of ${room.total} ready`);
  const good = room.total > 0 && room.ready === room.total;
  $("#line").dataset.state = quiet ? "unknown" : good ? "ok" : "failed";
  for (const [name, counts] of Object.entries(FILTERS)) {
    text($(`#count-${name}`), String(Object.values(seats).filter(counts).length));
  }
  text($("#count-stuck"), String(new Set((room.stuck ?? []).map(({ seat }) => seat)).size));
  text($("#order"), legend(seats));
  const banner = alarm();
  text($("#banner"), banner);
  show($("#banner"), banner !== "");
  show($("#dashboards"), room.dashboards === true);
  text($("#announced"), room.announcement ? `All homes show: ${room.announcement}` : "");
  show($("#announced"), Boolean(room.announcement));
}

/** An empty grid looks like a broken one, so it says why it is empty. */
function drawNone() {
  const seats = Object.entries(world.seats);
  const none = seats.length && !seats.some(([seat, data]) => matches(tiles.view, seat, data));
  text($("#none"), none ? "No seat matches." : "");
}

/** What concerns all seats at once, or nothing. */
function alarm() {
  const { room, looked } = world;
  if (lostSince) {
    return `No connection to the portal since ${clock(lostSince)}, and it is tried again. ` +
      "Until then nobody knows how the seats are.";
  }
  if (room.silent) {
    const since = looked ? `has said nothing since ${clock(looked)}` : "has not looked at them yet";
    return `Nobody knows how the seats are: watch ${since}. → make provision starts it again`;
  }
  return room.door ? `The ${room.door.name} fails: ${room.door.seen} → ${room.door.fix}` : "";
}

/** Tell of seats that began to need help, and of orders that ended. */
function tell(seats) {
  const before = troubles;
  troubles = new Set(Object.keys(seats).filter((seat) => urgency(seats[seat]) > 1));
  const fresh = [...troubles].filter((seat) => before && !before.has(seat)).map(number);
  if (fresh.length > MANY) say(`${fresh.length} seats need help`, true);
  else if (fresh.length) say(`Needs help: seat ${fresh.join(", ")}`, true);
  for (const [seat, { order: given }] of Object.entries(seats)) {
    const known = orders.get(seat);
    const ended = given && given.state !== "waiting" && known === `${given.id} waiting`;
    if (ended) say(`Seat ${number(seat)}, ${order(given)}`, given.state === "failed");
    orders.set(seat, given ? `${given.id} ${given.state}` : "");
  }
}

function beat() {
  const age = Math.round(now(world) - world.looked);
  text($("#looked"), world.looked ? `looked at ${age} s ago` : "");
}

function change(seats) {
  lostSince = 0;
  if (chosen && !world.seats[chosen]) choose(null);
  tiles.update(world, silent(), now(world), seats);
  wall.update(world, tiles.view);
  drawNone();
  drawHead();
  refreshPanel();
  if (!silent()) tell(world.seats);
}

function lost(since) {
  lostSince = since;
  tiles.update(world, true, now(world), null);
  drawHead();
  refreshPanel();
}

const world = follow({ change, lost, beat });
tip($("#grid"), $("#tip"), (seat) => world.seats[seat], silent);

// Ages grow without news.
setInterval(() => tiles.update(world, silent(), now(world), null), TICK_MS);

$("#view").addEventListener("input", () => {
  const { view, ...how } = Object.fromEntries(new FormData($("#view")));
  tiles.view = how;
  tiles.arrange();
  tiles.sort();
  show($("#progress"), view === "progress");
  show($("#seats"), view === "health");
  wall.update(world, how);
  drawNone();
  wall.mark(chosen);
  drawPanel();
});
$("#view").addEventListener("submit", (event) => event.preventDefault());
$("#announce").addEventListener("click", () => announce(world.room.announcement, act.announce));
$("#read-code").addEventListener("click", ({ currentTarget }) =>
  laptop("ownAuthority" in currentTarget.dataset));
document.addEventListener("keydown", (event) => {
  if ($("#dialog").open) return;
  if (event.key === "/" && !event.target.matches("input, textarea")) {
    event.preventDefault();
    $("#search").focus();
  }
  if (event.key === "Escape" && chosen) leave();
});
