// The labs of a seat's home: how far each goal is, kept up to date.

/** Show a sentence in which commands stand between backticks. */
function setSentence(element, text) {
  const parts = text.split("`");
  if (element.textContent === parts.join("")) return;
  element.replaceChildren(...parts.map((part, i) => {
    if (i % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  }));
}

/** Return what shows a state; news are told by `say`, texts set by `setText`. */
export function labs(say, setText) {
  let current = null;

  function showState(chip, now) {
    const news = chip.dataset.state !== now.state;
    chip.dataset.state = now.state;
    setText(chip, now.words);
    return news;
  }

  function showGoal(item, now) {
    const title = item.querySelector("h4").textContent;
    if (showState(item.querySelector(".state"), now) && now.state === "done") say(`Done: ${title}`);
    setSentence(item.querySelector(".because"), now.because);
    item.querySelector(".try").hidden = !now.try;
    setSentence(item.querySelector(".try span"), now.try);
    item.querySelector(".see").hidden = !now.href;
    item.querySelector(".see a").href = now.href;
  }

  function showLab(lab, now) {
    showState(lab.querySelector("summary .state"), now);
    for (const item of lab.querySelectorAll("[data-goal]")) {
      showGoal(item, now.goals[item.dataset.goal]);
    }
  }

  // The lab that somebody begins opens by itself, once; what they open or close stays so.
  function open(lab) {
    if (current !== null && current !== lab) {
      const details = document.querySelector(`[data-lab="${CSS.escape(lab)}"]`);
      if (details) details.open = true;
    }
    current = lab;
  }

  const named = (element) => [element.dataset.lab,
    ...[...element.querySelectorAll("[data-goal]")].map((item) => item.dataset.goal)].join(" ");

  return (state) => {
    const shown = [...document.querySelectorAll("[data-lab]")];
    const told = Object.entries(state.labs).map(([id, lab]) => [id, ...Object.keys(lab.goals)].join(" "));
    if (shown.length) document.getElementById("stale").hidden = !state.stale;
    if (!told.length) return;
    // The course itself is new: the page has to be, too.
    if (shown.map(named).join() !== told.join()) return location.reload();
    for (const lab of shown) showLab(lab, state.labs[lab.dataset.lab]);
    open(state.current);
  };
}
