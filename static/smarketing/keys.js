// Single keys, for who works fast; switched off in the profile for who dictates or types by chance.
(function () {
  "use strict";
  var field = document.getElementById("search");
  var results = document.getElementById("search-results");

  function isTyping(target) {
    return target.closest("input, textarea, select, [contenteditable]") !== null;
  }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    if (document.documentElement.dataset.shortcuts === "off") { return; }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) { return; }
    if (event.key === "/" && field) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "?" && document.getElementById("keys")) {
      document.getElementById("keys").showModal();
    } else {
      // Any element of a page may name its key: <a data-key="c">. A hidden one does nothing, and in a
      // list, where many rows name it, a key would not know which is meant.
      var meant = Array.from(document.querySelectorAll("[data-key]")).filter(function (element) {
        return element.dataset.key === event.key && element.offsetParent !== null;
      });
      if (meant.length === 1) { event.preventDefault(); meant[0].click(); }
    }
  });

  // What is found while typing: arrows walk through it, Escape and a click elsewhere close it.
  if (!field) { return; }
  function close() { results.replaceChildren(); }
  field.form.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { close(); field.focus(); return; }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") { return; }
    var links = Array.from(results.querySelectorAll("a"));
    if (!links.length) { return; }
    event.preventDefault();
    var at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    (at < 0 ? field : links[Math.min(at, links.length - 1)]).focus();
  });
  document.addEventListener("click", function (event) {
    if (!field.form.contains(event.target)) { close(); }
  });
  field.addEventListener("input", function () { if (!field.value.trim()) { close(); } });
})();
