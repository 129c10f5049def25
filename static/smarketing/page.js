// Comfort only: every page works without it.
(function () {
  "use strict";
  // One open menu at a time; Escape and a click elsewhere close it.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  // A filter that is chosen from a list applies at once; the button stays for everybody else.
  document.addEventListener("change", function (event) {
    if (event.target.matches("form.filters select")) { event.target.form.requestSubmit(); }
  });
})();
