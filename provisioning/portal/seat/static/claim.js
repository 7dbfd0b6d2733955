// A code that came in the address goes into the form and out of the address.
"use strict";
const fragment = decodeURIComponent(location.hash.slice(1));
if (fragment) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("code").value = fragment;
}
