// Acting on a lead in the shared dialog. Comfort only: each action has a page.
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

  // Time that is left, or has passed, counted on by the second.
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function face(seconds, inDays) {
    var minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    if (minutes === 0) { return seconds + " s"; }
    if (hours === 0) { return minutes + " min " + two(seconds % 60) + " s"; }
    if (hours < 48 || !inDays) { return hours + " h " + two(minutes % 60) + " min"; }
    return Math.floor(hours / 24) + " d " + (hours % 24) + " h";
  }
  function count() {
    document.querySelectorAll("[data-seconds]").forEach(function (place) {
      var step = Number(place.dataset.step);
      if (step === 0) { return; }
      place.since = place.since || Date.now();
      var seconds = Number(place.dataset.seconds) + step * Math.floor((Date.now() - place.since) / 1000);
      // The deadline passes: the server says what that means.
      if (seconds < 0 && !place.told) {
        place.told = true;
        window.htmx.trigger(place.closest("[hx-get]"), "queue-due");
      }
      place.textContent = face(Math.max(0, seconds), "days" in place.dataset);
    });
  }
  count();
  window.setInterval(count, 1000);
  document.addEventListener("htmx:afterSwap", count);

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) { return; }
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      var said = document.getElementById("copied");
      said.textContent = said.dataset.text;
      button.classList.add("is-copied");
      window.setTimeout(function () { button.classList.remove("is-copied"); said.textContent = ""; }, 2000);
    });
  });
})();
