// The queue counts its seconds down, and says when a lead arrives. The server says how things stand.
(function () {
  "use strict";
  var started = Date.now();
  var words = document.getElementById("queue-words").dataset;
  var news = document.getElementById("queue-news");
  var button = document.querySelector("[data-notify]");
  var known = null;

  function two(number) { return (number < 10 ? "0" : "") + number; }
  function face(seconds, inDays) {
    var minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    if (minutes === 0) { return seconds + " s"; }
    if (hours === 0) { return minutes + " min " + two(seconds % 60) + " s"; }
    if (hours < 48 || !inDays) { return hours + " h " + two(minutes % 60) + " min"; }
    return Math.floor(hours / 24) + " d " + (hours % 24) + " h";
  }
  function count() {
    var elapsed = Math.floor((Date.now() - started) / 1000);
    document.querySelectorAll("#queue [data-seconds]").forEach(function (place) {
      var step = Number(place.dataset.step);
      if (step === 0) { return; }
      var seconds = Number(place.dataset.seconds) + step * elapsed;
      // The deadline passes: the server says what that means for the row.
      if (seconds < 0 && !place.dataset.told) {
        place.dataset.told = "1";
        window.htmx.trigger("#queue", "queue-due");
      }
      place.textContent = face(Math.max(0, seconds), "days" in place.dataset);
    });
  }
  window.setInterval(count, 1000);

  function arrivals() {
    var rows = document.querySelectorAll("#queue tr[data-clock]");
    var ids = new Set(Array.from(rows, function (row) { return row.dataset.clock; }));
    if (known !== null) {
      rows.forEach(function (row) {
        if (!known.has(row.dataset.clock) && row.dataset.waitingLead) { tell(row.dataset.waitingLead); }
      });
      known.forEach(function (id) { ids.add(id); });
    }
    known = ids;
    var waiting = Number(document.getElementById("queue").dataset.waiting);
    document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? "(" + waiting + ") " : "");
  }
  function tell(lead) {
    news.textContent = words["new"] + " " + lead;
    if (wanted() && document.hidden) {
      new Notification(words.title, { body: words["new"] + " " + lead, tag: "smarketing-queue" });
    }
  }
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id !== "queue") { return; }
    started = Date.now();
    arrivals();
  });
  // A menu that somebody has opened in the list is not taken away by a refresh.
  document.addEventListener("htmx:beforeRequest", function (event) {
    var polled = event.detail.target.id === "queue" && !event.detail.requestConfig.triggeringEvent;
    if (polled && document.querySelector("#queue details[open]")) { event.preventDefault(); }
  });

  // Notifications: asked for only on a click, and remembered in this browser alone.
  function wanted() {
    try {
      return Notification.permission === "granted" && localStorage.getItem("notify") === "yes";
    } catch (error) { return false; }
  }
  function show() { button.setAttribute("aria-pressed", wanted() ? "true" : "false"); }
  if ("Notification" in window && button) {
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      var next = wanted() ? "no" : "yes";
      Notification.requestPermission().then(function () {
        try { localStorage.setItem("notify", next); } catch (error) { /* private window */ }
        show();
      });
    });
  }
  arrivals();
})();
