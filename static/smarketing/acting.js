// Acting on a lead in the shared dialog, by mouse or by key. Comfort only: each action has a page.
(function () {
  "use strict";
  // What happened meanwhile, and a lead that is gone, are shown where the form stood.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var status = event.detail.xhr.status;
    if (event.detail.target.id === "dialog-body" && (status === 409 || status === 404)) {
      event.detail.shouldSwap = event.detail.xhr.responseText.indexOf("<html") < 0;
      event.detail.isError = !event.detail.shouldSwap;
    }
  });
  // A menu closes when what it offers opens.
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id !== "dialog-body") { return; }
    document.querySelectorAll("details.actions[open]").forEach(function (menu) { menu.open = false; });
    var first = event.detail.target.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea");
    if (first) { first.focus(); }
  });
})();
