// Dragging a card to a lane asks for the move that leads there, or is told why none does; the card's menu
// does the same.
(function () {
  "use strict";
  var dragged = null;
  function moveTo(lane) {
    var found = dragged.dataset.targets.split(" ").filter(function (target) {
      return target.split(":")[0] === lane.dataset.lane;
    });
    return found.length ? found[0].split(":")[1] : "";
  }
  function clear() {
    document.querySelectorAll("[data-lane]").forEach(function (lane) { lane.classList.remove("is-open", "is-over"); });
  }
  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest("[data-targets]");
    if (!dragged) { return; }
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    document.querySelectorAll("[data-lane]").forEach(function (lane) { lane.classList.toggle("is-open", moveTo(lane) !== ""); });
  });
  document.addEventListener("dragover", function (event) {
    var lane = dragged && event.target.closest("[data-lane]");
    document.querySelectorAll(".is-over").forEach(function (other) { other.classList.remove("is-over"); });
    if (!lane) { return; }
    event.preventDefault(); // without it nothing can be dropped here, and nobody told why not
    if (moveTo(lane)) { lane.classList.add("is-over"); }
  });
  document.addEventListener("drop", function (event) {
    var lane = dragged && event.target.closest("[data-lane]");
    if (!lane) { return; }
    event.preventDefault();
    if (lane.contains(dragged)) { return; }
    var move = moveTo(lane), address = dragged.dataset.address;
    address += move ? move + "/" : "?to=" + lane.dataset.lane;
    // With the event a failure is told: without, the request passes for one that nobody asked for.
    window.htmx.ajax("GET", address, {event: event, target: "#dialog-body", swap: "innerHTML"});
  });
  document.addEventListener("dragend", function () { clear(); dragged = null; });
})();
