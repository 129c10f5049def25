// A button with data-copy="id" copies the text of that element, and says so.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) { return; }
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
      button.classList.add("is-done");
      window.setTimeout(function () { button.classList.remove("is-done"); }, 2000);
    });
  });
})();
