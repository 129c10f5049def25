// Dragging a card to a lane asks for the move that leads there; the card's menu does the same.
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
    if (!lane || !moveTo(lane)) { return; } // without preventDefault nothing can be dropped here
    event.preventDefault();
    lane.classList.add("is-over");
  });
  document.addEventListener("drop", function (event) {
    var lane = dragged && event.target.closest("[data-lane]");
    if (!lane || !moveTo(lane)) { return; }
    event.preventDefault();
    window.htmx.ajax("GET", dragged.dataset.address + moveTo(lane) + "/", {target: "#dialog-body", swap: "innerHTML"});
  });
  document.addEventListener("dragend", function () { clear(); dragged = null; });
})();
