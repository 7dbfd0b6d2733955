// Keeps a seat's home up to date by server-sent events, and copies texts.
import { copy } from "/static/copy.js";
import { labs } from "/static/seat/labs.js";

const byId = (id) => document.getElementById(id);

// What changed is said once, for people who can't see it change.
function say(text) { byId("said").textContent = text; }

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showComponent(card, now) {
  card.hidden = now.state === "absent";
  const chip = card.querySelector(".state");
  if (chip.dataset.state !== now.state) {
    chip.dataset.state = now.state;
    setText(chip, now.words);
    if (now.state === "failed") say(`${card.querySelector("h3").textContent}: ${now.words}`);
  }
  setText(card.querySelector(".seen"), now.seen);
}

function showQuota(quota) {
  const box = byId("quota");
  box.hidden = !quota;
  if (!quota) return;
  box.className = `notice ${quota.level}`;
  setText(box.querySelector("p"), quota.text);
  box.querySelector("meter").value = quota.percent;
}

function show(state) {
  for (const card of document.querySelectorAll("[data-component]")) {
    showComponent(card, state.components[card.dataset.component]);
  }
  const announcement = byId("announcement");
  announcement.hidden = !state.announcement;
  setText(announcement.querySelector("p"), state.announcement ? state.announcement.text : "");
  byId("helpers").hidden = !state.helpers;
  showQuota(state.quota);
  showLabs(state);
}

const showLabs = labs(say, setText);

let source = null;

function listen() {
  source = new EventSource("/home/events");
  source.onopen = () => setText(byId("connection"), "");
  source.onmessage = (event) => show(JSON.parse(event.data));
  // The seat was released, or this device signed out elsewhere: the server says where to go.
  source.addEventListener("end", () => location.assign("/"));
  source.onerror = () => {
    setText(byId("connection"), "Not connected: what you see may be old");
    // A refusal closes the stream for good; only a new page can tell why.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.assign("/"), 3000);
  };
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => say(await copy(byId(button.dataset.copy), button)));
}

// A browser has six connections for all of the seat's tabs, and a stream keeps one: only a page that
// somebody sees listens, and its first message is the whole state.
function listenWhileSeen() {
  source?.close();
  if (!document.hidden) listen();
}

document.addEventListener("visibilitychange", listenWhileSeen);
listenWhileSeen();
