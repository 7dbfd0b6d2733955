// Loads the page again when one of its files did not arrive: a module that lacks an import never
// runs, and nothing on the page could say so. Browsers drop what they wait for when the laptop's
// network changes; Chromium on Linux does so whenever any interface gets or loses an address, as on
// a machine where containers start.
"use strict";

const AGAIN_MS = 2000;

// What failed to load is an element; an error within a script is the window's, and none of ours.
addEventListener("error", ({ target }) => {
  if (target instanceof Element) setTimeout(() => location.reload(), AGAIN_MS);
}, true);
