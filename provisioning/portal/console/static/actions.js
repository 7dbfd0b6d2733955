// What an instructor can do to a seat; each asks first, and says what stays.
import { choice, code, confirm } from "./dialogs.js";
import { number, person } from "./words.js";

async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status === 401) location.assign("/login");
  if (!answer.ok) throw new Error((await answer.text()) || `answer ${answer.status}`);
  return answer.json();
}

/** Actions that report to `say(words)`, good or bad. */
export function actions(say) {
  const path = (seat, what) => `/seats/${seat}/${what}`;
  const attempt = (work) => work().catch((error) => say(`That did not work: ${error.message}`, true));
  const called = (seat) => `seat ${number(seat)}`;
  const order = (seat, verb, component = "") =>
    attempt(() => post(path(seat, "orders"), { verb, component }));

  async function fresh(seat, what, body) {
    const made = await post(path(seat, what), body);
    code({ ...made, who: made.attendee });
  }

  return {
    open(seat) {
      // The window must open within the click, or the browser takes it for an advertisement.
      const tab = window.open("", "_blank");
      attempt(async () => {
        if (!tab) throw new Error("the browser did not allow a new tab");
        try {
          const { url } = await post(path(seat, "open"));
          tab.opener = null;
          tab.location.replace(url);
        } catch (error) {
          tab.close();
          throw error;
        }
      });
    },
    release: (seat) => confirm({
      title: `Release ${called(seat)}?`,
      words: "Everybody there is signed out, and what they have open ends within seconds. Files and " +
        "workflows stay, and the card's code lets somebody in again.",
      yes: "Release", danger: true,
      act: () => attempt(() => post(path(seat, "release"))),
    }),
    reissue: (seat) => confirm({
      title: `A new code for ${called(seat)}?`,
      words: "The old code and API key end at once, everybody there is signed out, and what they " +
        "have open ends within seconds. Files and workflows stay.",
      yes: "Make a new code", danger: true,
      act: () => attempt(() => fresh(seat, "reissue")),
    }),
    move(seat, data, spare) {
      const to = choice("Spare seat", spare);
      confirm({
        title: `A spare seat for ${person(data)}?`,
        words: `The spare seat takes the name ${person(data)} and gets a new code. ` +
          `Seat ${number(seat)} stays as it is, with its files.`,
        yes: "Give it to them",
        content: to.nodes,
        act: () => attempt(() => fresh(seat, "move", { to: to.value() })),
      });
    },
    restart: (seat, component) => confirm({
      title: `Restart ${component} in ${called(seat)}?`,
      words: component === "workspace"
        ? "Open terminals and notebooks' kernels end. Files stay."
        : "It is away for some seconds. What it stores stays.",
      yes: "Restart",
      act: () => order(seat, "restart", component),
    }),
    stop: (seat) => confirm({
      title: `Stop the workers in ${called(seat)}?`,
      words: "Workers that run there end as if their attendee had stopped them.",
      yes: "Stop them",
      act: () => order(seat, "stop-workers"),
    }),
    lift: (seat) => confirm({
      title: `Lift the disk quota of ${called(seat)}?`,
      words: "What was stopped runs again and may fill more of this machine's disk.",
      yes: "Lift it",
      act: () => order(seat, "lift-quota"),
    }),
    announce: (text) => attempt(() => post("/announcement", { text })),
  };
}
