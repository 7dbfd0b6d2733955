// What the console says about a seat. Pure: from a seat's data to words.

export const MARKS = {
  ok: { kind: "ok", word: "ok" },
  "stopped by attendee": { kind: "stopped", word: "stopped by attendee" },
  failed: { kind: "failed", word: "failed" },
  unknown: { kind: "unknown", word: "unknown" },
};

const VERBS = {
  restart: (order) => `restart ${order.component}`,
  "stop-workers": () => "stop workers",
  cut: () => "end open connections",
  "lift-quota": () => "lift the disk quota",
};

export const number = (seat) => seat.replace("seat-", "");

/** Who sits there: whoever claimed it, else whoever is expected. */
export const person = (data) => data.claims.map((claim) => claim.name).join(", ") || data.attendee;

export const troubled = (data) =>
  Object.entries(data.parts).filter(([, part]) => part.state === "failed" || part.state === "unknown");

/** Larger needs help sooner: 3 failed, 2 unknown, 1 a disk that fills, 0 nothing. */
export function urgency(data) {
  if (data.state === "failed" || data.quota?.stopped) return 3;
  if (data.state === "unknown") return 2;
  return data.quota?.tight ? 1 : 0;
}

export const disk = (quota) => `disk ${quota.percent} %`;

/** The line of a tile: the worst thing to know, and if all is well what people do there. */
export function line(data, silent, now) {
  if (silent) return "not looked at";
  if (data.quota?.stopped) return "disk full";
  const names = troubled(data).map(([name]) => name);
  if (names.length) return names.length > 1 ? `${names[0]} +${names.length - 1}` : names[0];
  if (data.state === "unknown") return "not looked at";
  if (data.quota?.tight) return disk(data.quota);
  if (data.state === "stopped by attendee") return "worker stopped";
  if (data.spare) return "spare";
  if (!data.claims.length) return "not claimed";
  return data.active ? ago(data.active, now) : "claimed";
}

/** How long ago, in words that change at most once in half a minute. */
export function ago(then, now) {
  const seconds = Math.max(0, now - then);
  if (seconds < 90) return "active now";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export function order(data) {
  const { verb, state, detail } = data;
  const what = VERBS[verb](data);
  if (state === "waiting") return `${what}: waiting for the host`;
  return `${what}: ${state}${detail ? `, ${detail}` : ""}`;
}

/** What a tile's marks stand for; taken from the fullest, as a seat not looked at yet has none. */
export function legend(seats) {
  const parts = Object.values(seats).map((data) => Object.keys(data.parts));
  const most = parts.reduce((a, b) => (b.length > a.length ? b : a), []);
  return most.length ? `in the order ${most.join(", ")}` : "";
}

/** What a screen reader says of a tile. */
export function spoken(seat, data, silent, now) {
  const state = silent || data.state === "ok" ? "" : MARKS[data.state].word;
  const helper = data.helpers ? "a helper is there" : "";
  const words = [`Seat ${number(seat)}`, person(data), line(data, silent, now), state, helper];
  return words.filter(Boolean).join(", ");
}

/** Everything that is wrong, each thing once: {component, state, seen, fix, seats}. */
export function causes(seats) {
  const found = new Map();
  for (const [seat, data] of Object.entries(seats)) {
    for (const [component, part] of problems(data)) {
      // A seat's own name in the words must not keep equal causes apart.
      const [seen, fix] = [part.seen, part.fix].map((words) => words.replaceAll(seat, SEAT));
      const key = [component, part.state, seen, fix].join("\n");
      const cause = found.get(key) ?? { component, state: part.state, seen, fix, seats: [] };
      cause.seats.push(seat);
      found.set(key, cause);
    }
  }
  return [...found.values()].map(placed).sort((a, b) => b.seats.length - a.seats.length);
}

/** What is wrong with a seat, as [component, part]; a full disk explains what it stopped. */
export function problems(data) {
  if (!data.quota?.stopped) return troubled(data);
  const seen = "stopped, as its disk quota is used up";
  const full = { state: "failed", seen, fix: "lift the quota" };
  const { component } = data.quota;
  return [[component, full], ...troubled(data).filter(([name]) => name !== component)];
}

const SEAT = "{seat}";

// A command for many seats takes them all, one for a single seat the first.
function placed(cause) {
  const one = cause.seats[0];
  const back = (words) => words
    .replaceAll(`SEATS=${SEAT}`, `SEATS=${cause.seats.join(",")}`)
    .replaceAll(`SEAT=${SEAT}`, `SEAT=${one}`)
    .replaceAll(SEAT, cause.seats.length === 1 ? one : "each seat");
  return { ...cause, seen: back(cause.seen), fix: back(cause.fix) };
}
