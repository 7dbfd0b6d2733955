// A code or a helper's token comes in the address's fragment, which no server sees. It goes into
// the form, and out of the address and the history.
"use strict";

function arrive() {
  const fragment = location.hash.slice(1);
  if (!fragment) return;
  history.replaceState(null, "", location.pathname);
  const token = fragment.startsWith("helper=") ? fragment.slice("helper=".length) : "";
  if (token) {
    const form = document.getElementById("helper");
    form.elements.helper.value = token;
    form.submit();
    return;
  }
  document.getElementById("code").value = fragment;
  document.getElementById("name").focus();
}

addEventListener("hashchange", arrive);
arrive();
