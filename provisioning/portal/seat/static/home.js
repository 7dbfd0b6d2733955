// Keeps a seat's home up to date by server-sent events, and copies texts.
"use strict";

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
}

function listen() {
  const source = new EventSource("/home/events");
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

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

// Without TLS a page has no clipboard; the old command often still works, and if it doesn't, the
// text is selected and one key away.
async function copied(element) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch { /* refused: go on as if there were none */ }
  }
  select(element);
  return document.execCommand("copy");
}

async function copy(button) {
  const label = button.firstChild;
  const done = await copied(byId(button.dataset.copy));
  const key = navigator.platform.startsWith("Mac") ? "⌘C" : "Ctrl+C";
  label.data = done ? "Copied" : `Press ${key}`;
  say(done ? "Copied" : `Selected. Press ${key} to copy.`);
  setTimeout(() => { label.data = "Copy"; }, 2500);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button));
}
listen();
