// What a laptop check finds: in words for the attendee, and as a code short enough to read out.
// The check page writes codes and the console reads them, both with this file.

// Each finding and how many values it can have. The order is the code's format.
const FIELDS = [
  ["seats", 3], // 0 a seat's address answered, 1 it did not, 2 not tried
  ["ports", 8], // the sum of the PORTS that did not answer
  ["socket", 4], // 0 stayed open, 1 was cut, 2 did not open, 3 not tried
  ["clock", 8], // an index of CLOCK
  ["delay", 4], // an index of DELAY
  ["lacks", 32], // the sum of the NEEDS that the browser lacks
  ["browser", 8], // an index of BROWSERS
  ["version", 256], // its major version, 0 unknown
  ["system", 8], // an index of SYSTEMS
  ["narrow", 2], // 1 if the screen is narrower than 1280 points
];

export const PORTS = { grpc: 1, ui: 2, metrics: 4 };
export const NEEDS = { cookies: 1, storage: 2, websocket: 4, events: 8, modern: 16 };
export const BROWSERS = ["another browser", "Chrome", "Edge", "Firefox", "Safari", "Opera"];
export const SYSTEMS = ["another system", "Windows", "macOS", "Linux", "ChromeOS", "Android", "iOS"];
const CLOCK = [
  "right", "not compared",
  "up to 10 minutes fast", "up to a day fast", "more than a day fast",
  "up to 10 minutes slow", "up to a day slow", "more than a day slow",
];
const DELAY = ["under 50 ms", "under 200 ms", "under a second", "a second or more"];

// Crockford's base32: no I, L, O or U, so that a code survives being read out.
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 7;

// Odd factors, so that every single wrong digit shows.
const checksum = (digits) => digits.reduce((sum, d, i) => sum + d * (2 * i + 3), 5) % 32;

/** The index in CLOCK of a clock that is so many seconds ahead (behind, if negative). */
export function clockIndex(seconds) {
  const size = Math.abs(seconds);
  if (size < 60) return 0;
  return (seconds > 0 ? 2 : 5) + (size <= 600 ? 0 : size <= 86400 ? 1 : 2);
}

/** The index in DELAY of a round trip of so many milliseconds. */
export const delayIndex = (ms) => [50, 200, 1000, Infinity].findIndex((limit) => ms < limit);

/** Findings as a code, L-XXXX-XXXX. */
export function encode(findings) {
  let rest = FIELDS.reduce((sum, [name, values]) => sum * values + findings[name], 0);
  const digits = [];
  for (let i = 0; i < LENGTH; i++) {
    digits.unshift(rest % 32);
    rest = Math.floor(rest / 32);
  }
  const text = [...digits, checksum(digits)].map((d) => DIGITS[d]).join("");
  return `L-${text.slice(0, 4)}-${text.slice(4)}`;
}

/** The findings in a code as somebody typed it, or null if it is none. */
export function decode(typed) {
  const text = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  // The L in front, of which the line above made a 1, may be left out.
  const plain = text.length === LENGTH + 2 && text.startsWith("1") ? text.slice(1) : text;
  const digits = [...plain].map((c) => DIGITS.indexOf(c));
  const check = digits.pop();
  if (digits.length !== LENGTH || digits.includes(-1) || checksum(digits) !== check) return null;
  let rest = digits.reduce((sum, d) => sum * 32 + d, 0);
  const findings = {};
  for (const [name, values] of [...FIELDS].reverse()) {
    findings[name] = rest % values;
    rest = Math.floor(rest / values);
  }
  return rest === 0 ? findings : null;
}

const names = (table, sum) => Object.keys(table).filter((name) => sum & table[name]);

/**
 * Findings in words: a line a finding, `state` being good, warn (it works without) or bad,
 * `todo` what to do about it. With `ownAuthority` the classroom's certificates are its own.
 */
export function lines(f, ownAuthority) {
  return [seats(f, ownAuthority), socket(f), delay(f), clock(f), browser(f), screen(f), ports(f)];
}

const NO_NAMES =
  "The DNS in use does not know the seats' names. Switch off VPN, private DNS and the browser's " +
  "secure DNS, then check again. If the whole room sees this, the network filters such names: " +
  "your instructor can help.";

// A page can't tell a certificate that is refused from a name that is not found.
const NO_ROOT =
  "Install the root certificate first, which the front page offers, and start the browser anew: " +
  "past a warning it lets this page alone, and no seat. If this line stays, it is the other cause. ";

function seats(f, ownAuthority) {
  const what = "Seat addresses";
  if (f.seats === 0) return { what, state: "good", says: "a seat's own address answers", todo: "" };
  return {
    what,
    state: "bad",
    says: "this page opens, but a seat's own address does not",
    todo: ownAuthority ? NO_ROOT + NO_NAMES : NO_NAMES,
  };
}

function socket(f) {
  const what = "Open connection";
  const says = [
    "a connection stays open", "a connection opens, and is cut after a moment",
    "a connection that stays open can't be made", "not tried",
  ][f.socket];
  const todo = f.socket === 0 ? "" :
    "Terminals and notebooks need it. A proxy, VPN or antivirus stands in between: switch it off " +
    "for this address, or use another network.";
  return { what, state: f.socket === 0 ? "good" : "bad", says, todo };
}

function delay(f) {
  const todo = f.delay < 2 ? "" :
    "Typing in a terminal will lag. Move closer to the access point, use a cable, or pause what " +
    "else uses the network.";
  const state = ["good", "good", "warn", "bad"][f.delay];
  return { what: "Network", state, says: `an answer takes ${DELAY[f.delay]}`, todo };
}

function clock(f) {
  const says = f.clock === 1 ? "could not be compared" : `this laptop's clock is ${CLOCK[f.clock]}`;
  const todo = f.clock === 0 ? "" :
    "Let the system set date and time by itself. Pages show times by this laptop's clock, and " +
    "with a wrong one their graphs are empty.";
  return { what: "Clock", state: f.clock === 0 ? "good" : "bad", says, todo };
}

function browser(f) {
  // A code may come from a page that knows more names.
  const [program, system] = [BROWSERS[f.browser] ?? BROWSERS[0], SYSTEMS[f.system] ?? SYSTEMS[0]];
  const name = `${program}${f.version ? ` ${f.version}` : ""} on ${system}`;
  const lacks = names(NEEDS, f.lacks);
  if (!lacks.length) return { what: "Browser", state: "good", says: name, todo: "" };
  const todo = lacks.includes("modern")
    ? "Update it, or use a current Chrome, Edge, Firefox or Safari."
    : "Leave the private window, and allow cookies and site data for this address.";
  return { what: "Browser", state: "bad", says: `${name} lacks: ${lacks.join(", ")}`, todo };
}

function screen(f) {
  const what = "Screen";
  if (!f.narrow) return { what, state: "good", says: "wide enough", todo: "" };
  const todo = "A phone is fine for claiming a seat; for the labs bring a laptop, or zoom out.";
  return { what, state: "warn", says: "narrower than the 1280 points the course is made for", todo };
}

function ports(f) {
  const what = "Ports for tools";
  if (f.seats !== 0) {
    return { what, state: "warn", says: "not tried, as no seat answers", todo: "Mend that first." };
  }
  const blocked = names(PORTS, f.ports);
  if (!blocked.length) return { what, state: "good", says: "all answer", todo: "" };
  const todo =
    "Nothing is lost: in the browser everything works without them, and tools on this laptop " +
    "reach the seat at this page's own port.";
  return { what, state: "warn", says: `no answer on: ${blocked.join(", ")}`, todo };
}

/** What the lines come to, in one sentence and one state. */
export function verdict(all) {
  const bad = all.filter((line) => line.state === "bad").length;
  if (bad) {
    const count = bad === 1 ? "one thing" : `${bad} things`;
    return { state: "bad", says: `Not yet: ${count} to put right` };
  }
  const warned = all.some((line) => line.state === "warn");
  return warned
    ? { state: "warn", says: "This laptop will do, with a note" }
    : { state: "good", says: "This laptop is ready" };
}

const MARKS = { good: "good", warn: "works, with a note", bad: "to put right" };

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

/** The lines as items of a list. */
export const rows = (all) => all.map(({ what, state, says, todo }) => {
  const mark = element("span", { className: "mark" });
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", MARKS[state]);
  const item = element("li", { className: `finding ${state}` });
  item.append(mark, element("strong", { textContent: what }), element("span", { textContent: says }));
  if (todo) item.append(element("p", { textContent: todo }));
  return item;
});
