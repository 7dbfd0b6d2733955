// What is wrong with a seat, beside its tile, for whoever points at it or has the focus there.
import { h, show } from "./dom.js";
import { MARKS, problems } from "./words.js";

const content = (data) => problems(data).map(([name, part]) =>
  h("p", {}, h("strong", {}, `${name} ${MARKS[part.state].word}`), `: ${part.seen}`,
    part.fix ? ` → ${part.fix}` : null));

/** Show the tip `bubble` for tiles of `list`; Escape takes it away, as long as it is there. */
export function tip(list, bubble, dataOf, silent) {
  function place(item) {
    const found = silent() ? [] : content(dataOf(item.dataset.seat));
    show(bubble, found.length > 0);
    if (!found.length) return;
    bubble.replaceChildren(...found);
    const box = item.getBoundingClientRect();
    const own = bubble.getBoundingClientRect();
    const under = box.bottom + own.height + 8 < innerHeight;
    bubble.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`;
    bubble.style.top = `${under ? box.bottom + 4 : box.top - own.height - 4}px`;
    item.firstElementChild.setAttribute("aria-describedby", bubble.id);
  }

  function hide(item) {
    show(bubble, false);
    item?.firstElementChild.removeAttribute("aria-describedby");
  }

  for (const kind of ["pointerover", "focusin"]) {
    list.addEventListener(kind, ({ target }) => target.closest("li") && place(target.closest("li")));
  }
  for (const kind of ["pointerout", "focusout"]) {
    list.addEventListener(kind, ({ target }) => hide(target.closest("li")));
  }
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("scroll", () => hide(), { passive: true, capture: true });
}
