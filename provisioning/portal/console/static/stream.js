// The room's state, kept up to date by the server: whole once, then what changed.

const RETRY_MS = 3000;
const ANSWER_MS = 5000;
const LOST_MS = 16000; // a beat comes every 5 s
const LOOK_MS = 1000;

/**
 * Follow the room and return it. `on.change(seats)` gets the names of seats that changed, null for
 * all; `on.lost(since)` is called when nothing comes any more, `on.beat()` whenever something does.
 */
export function follow(on) {
  const world = { room: {}, seats: {}, looked: 0, skew: 0 };
  let source = null;
  let timer = 0;
  let heard = Date.now();
  let lost = false;

  function hear(event, use) {
    const data = JSON.parse(event.data);
    world.skew = data.now - Date.now() / 1000;
    world.looked = data.looked;
    heard = Date.now();
    const back = lost;
    lost = false;
    use(data, back);
    on.beat();
  }

  function whole(data) {
    world.room = data.room;
    world.seats = data.seats;
    on.change(null);
  }

  function patch(data, back) {
    Object.assign(world.room, data.room);
    for (const [seat, changed] of Object.entries(data.seats)) {
      if (changed === null) delete world.seats[seat];
      else world.seats[seat] = { ...world.seats[seat], ...changed };
    }
    const everySeat = back || "silent" in data.room;
    on.change(everySeat ? null : Object.keys(data.seats));
  }

  function beat(_, back) {
    if (back) on.change(null);
  }

  async function connect() {
    const limit = { signal: AbortSignal.timeout(ANSWER_MS) };
    const answer = await fetch("/session", limit).catch(() => null);
    if (answer?.status === 401) return location.assign("/login");
    if (!answer?.ok) return later();
    heard = Date.now();
    source = new EventSource("/events");
    source.addEventListener("world", (event) => hear(event, whole));
    source.addEventListener("patch", (event) => hear(event, patch));
    source.addEventListener("beat", (event) => hear(event, beat));
    source.addEventListener("end", () => location.assign("/login"));
    source.onerror = later;
  }

  // Browsers differ in when they come back by themselves, so none is asked to.
  function later() {
    source?.close();
    source = null;
    clearTimeout(timer);
    timer = setTimeout(connect, RETRY_MS);
  }

  setInterval(() => {
    if (Date.now() - heard < LOST_MS) return;
    if (!lost) on.lost(heard / 1000);
    lost = true;
    // A laptop that slept has a connection that looks open and is dead.
    if (source) later();
  }, LOOK_MS);
  connect();
  return world;
}

/** The server's time, in seconds: the laptop's own clock may be wrong. */
export const now = (world) => Date.now() / 1000 + world.skew;
