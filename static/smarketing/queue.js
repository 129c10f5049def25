// The queue says when a lead arrives. The server says how things stand.
(function () {
  "use strict";
  var words = document.getElementById("queue-words").dataset;
  var news = document.getElementById("queue-news");
  var button = document.querySelector("[data-notify]");
  var known = null;

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
