// The laptop check: measures, then says what it found (see findings.js).
import { copy } from "/static/copy.js";
import {
  BROWSERS, NEEDS, PORTS, SYSTEMS, clockIndex, delayIndex, encode, lines, rows, verdict,
} from "./findings.js";

const page = document.querySelector("#check");
const SOCKET_SECONDS = 8;
const PATIENCE_MS = 6000;

const until = (promise, ms) =>
  Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error("late")), ms))]);

// An image loads from another origin without that origin's consent, and only if it is the real
// one: a page that a captive portal or proxy puts in its place is no image.
function seatAnswers() {
  const image = new Image();
  const loaded = new Promise((yes, no) => {
    image.onload = yes;
    image.onerror = no;
  });
  image.src = `${page.dataset.probe}?at=${Date.now()}`;
  return until(loaded, PATIENCE_MS).then(() => 0, () => 1);
}

// Any HTTP answer will do here, a refusal too: only whether the port gets through is asked.
async function blockedPorts() {
  const tries = Object.entries(JSON.parse(page.dataset.ports)).map(async ([name, url]) => {
    const asked = fetch(url, { mode: "no-cors", cache: "no-store", credentials: "omit" });
    return until(asked, PATIENCE_MS).then(() => 0, () => PORTS[name]);
  });
  return (await Promise.all(tries)).reduce((sum, bit) => sum + bit, 0);
}

function socketStays() {
  const url = new URL("/check/socket", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return new Promise((found) => {
    let opened = false;
    let echoes = 0;
    const socket = new WebSocket(url);
    const finish = (finding) => {
      clearTimeout(end);
      clearInterval(beat);
      socket.onclose = null;
      socket.close();
      found(finding);
    };
    const late = () => finish(echoes >= SOCKET_SECONDS / 2 ? 0 : opened ? 1 : 2);
    const end = setTimeout(late, SOCKET_SECONDS * 1000);
    const beat = setInterval(() => opened && socket.send(String(Date.now())), 1000);
    socket.onopen = () => (opened = true);
    socket.onmessage = () => (echoes += 1);
    socket.onclose = () => finish(opened ? 1 : 2);
  });
}

// The fastest of several tries: the first pays for the connection, and a slow one is chance.
async function clockAndDelay() {
  let best = { took: Infinity, ahead: 0 };
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    const left = Date.now();
    const asked = fetch("/check/now", { cache: "no-store" }).then((answer) => answer.json());
    const { now } = await until(asked, PATIENCE_MS);
    const took = performance.now() - began;
    if (took < best.took) best = { took, ahead: (left + took / 2) / 1000 - now };
  }
  return { clock: clockIndex(best.ahead), delay: delayIndex(best.took) };
}

function lacking() {
  let stores = true;
  try {
    localStorage.setItem("check", "1");
    localStorage.removeItem("check");
  } catch {
    stores = false;
  }
  const has = {
    cookies: navigator.cookieEnabled,
    storage: stores,
    websocket: "WebSocket" in window,
    events: "EventSource" in window,
    modern: "structuredClone" in window && "findLast" in Array.prototype && CSS.supports("inset", "0"),
  };
  return Object.keys(NEEDS).reduce((sum, name) => sum + (has[name] ? 0 : NEEDS[name]), 0);
}

// Which one it claims to be; it is told to the instructor and decides nothing.
function browser() {
  const agent = navigator.userAgent;
  const marks = [
    ["Edge", /Edg\w*\/(\d+)/], ["Opera", /OPR\/(\d+)/], ["Firefox", /(?:Firefox|FxiOS)\/(\d+)/],
    ["Chrome", /(?:Chrome|CriOS)\/(\d+)/], ["Safari", /Version\/(\d+).*Safari/],
  ];
  const systems = [
    ["Android", /Android/], ["iOS", /iPhone|iPad/], ["ChromeOS", /CrOS/], ["Windows", /Windows/],
    ["macOS", /Mac OS X/], ["Linux", /Linux/],
  ];
  const [name, pattern] = marks.find(([, mark]) => mark.test(agent)) ?? [BROWSERS[0], /()/];
  const [system] = systems.find(([, mark]) => mark.test(agent)) ?? [SYSTEMS[0]];
  const version = Number(pattern.exec(agent)?.[1] ?? 0);
  return {
    browser: BROWSERS.indexOf(name),
    version: Math.min(version, 255),
    system: SYSTEMS.indexOf(system),
  };
}

async function measure() {
  const [seats, socket, times] = await Promise.all([
    seatAnswers(), socketStays(), clockAndDelay().catch(() => ({ clock: 1, delay: 3 })),
  ]);
  const ports = seats === 0 ? await blockedPorts() : 0;
  const narrow = Number(screen.width < 1280);
  return { seats, socket, ...times, ports, lacks: lacking(), ...browser(), narrow };
}

async function check() {
  const again = document.querySelector("#again");
  const title = document.querySelector("#verdict");
  again.disabled = true;
  page.dataset.state = "checking";
  title.textContent = `Checking, ${SOCKET_SECONDS} seconds…`;
  const findings = await measure();
  const all = lines(findings, "ownAuthority" in page.dataset);
  const result = verdict(all);
  document.querySelector("#findings").replaceChildren(...rows(all));
  document.querySelector("#code").textContent = encode(findings);
  title.textContent = result.says;
  page.dataset.state = result.state;
  again.disabled = false;
}

document.querySelector("#again").addEventListener("click", check);
document.querySelector("#copy").addEventListener("click", ({ currentTarget }) =>
  copy(document.querySelector("#code"), currentTarget));
check();
