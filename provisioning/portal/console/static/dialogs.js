// One modal dialog, filled as needed; the browser's own element keeps the focus within.
import { copy } from "/static/copy.js";
import { decode, lines, rows, verdict } from "/static/laptop/findings.js";
import { $, h } from "./dom.js";

const dialog = $("#dialog");

// What it showed may have been a secret. The event comes late: by then it may show something else.
dialog.addEventListener("close", () => dialog.open || dialog.replaceChildren());

function open(title, content, buttons) {
  const close = () => dialog.close();
  const foot = h("div", { class: "buttons" }, ...buttons(close));
  dialog.replaceChildren(h("h2", { id: "dialog-title" }, title), ...content, foot);
  dialog.showModal();
}

const button = (words, onclick, look = "") =>
  h("button", { type: "button", class: look, onclick }, words);

/** Ask; `act` runs after a yes. */
export function confirm({ title, words, yes, act, danger = false, content = [] }) {
  open(title, [h("p", {}, words), ...content], (close) => [
    button("Cancel", close),
    button(yes, () => { close(); act(); }, danger ? "danger" : "primary"),
  ]);
}

/** Show a new code, once. */
export function code({ seat, who, code: plain, url }) {
  const node = h("p", { class: "code", id: "new-code" }, plain);
  open(`New code for ${seat}${who ? `, ${who}` : ""}`, [
    node,
    h("p", {}, `To be typed at ${url}. It is shown only now: write it on a card before you ` +
      "close this."),
  ], (close) => [
    button("Copy", ({ currentTarget }) => copy(node, currentTarget)),
    button("I have it", close, "primary"),
  ]);
}

/** Write to all homes; an empty text takes the announcement away. */
export function announce(current, send) {
  const area = h("textarea", { id: "announcement", rows: "4", maxlength: "500" });
  area.value = current;
  open("Announcement to all homes", [
    h("label", { for: "announcement" }, "Text"),
    area,
    h("p", { class: "hint" }, "Everybody sees it at the top of their seat's home, at once."),
  ], (close) => [
    button("Cancel", close),
    current ? button("Take it away", () => { close(); send(""); }) : "",
    button("Send to all", () => { close(); send(area.value.trim()); }, "primary"),
  ]);
  area.focus();
}

/** Read a laptop check's code; `ownAuthority` as in the findings' lines. */
export function laptop(ownAuthority) {
  const result = h("div", { role: "status" });
  const input = h("input", {
    id: "laptop", autocomplete: "off", spellcheck: "false", placeholder: "L-XXXX-XXXX",
  });
  input.addEventListener("input", () => {
    const findings = decode(input.value);
    if (!findings) {
      const complete = input.value.replace(/[\s-]/g, "").length >= 8;
      result.textContent = complete ? "That is no code of a laptop check: ask for it once more." : "";
      return;
    }
    const all = lines(findings, ownAuthority);
    result.replaceChildren(h("h3", {}, verdict(all).says), h("ul", { class: "findings" }, ...rows(all)));
  });
  open("Code of a laptop check", [
    h("label", { for: "laptop" }, "Code"),
    input,
    h("p", { class: "hint" },
      "The check page ends with it. Its last character notices a misheard one."),
    result,
  ], (close) => [button("Close", close, "primary")]);
}

/** A choice among spare seats, for confirm(). */
export function choice(label, options) {
  const select = h("select", { id: "choice" }, ...options.map((o) => h("option", { value: o }, o)));
  return { nodes: [h("label", { for: "choice" }, label), select], value: () => select.value };
}
