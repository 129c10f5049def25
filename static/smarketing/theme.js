// Sets Bootstrap's colour theme before the first paint: the person's choice, else the system's.
(function () {
  "use strict";
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try { return localStorage.getItem("theme") || "auto"; } catch (error) { return "auto"; }
  }
  function apply() {
    var theme = chosen();
    var dark = theme === "dark" || (theme === "auto" && system.matches);
    document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
    document.documentElement.classList.add("js");
    document.querySelectorAll("[data-theme]").forEach(function (button) {
      var on = button.dataset.theme === theme;
      button.classList.toggle("active", on);
      button.setAttribute("aria-pressed", on ? "true" : "false");
    });
  }
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", function () {
    apply();
    document.querySelectorAll("[data-theme]").forEach(function (button) {
      button.addEventListener("click", function () {
        try { localStorage.setItem("theme", button.dataset.theme); } catch (error) { /* private window */ }
        apply();
      });
    });
  });
})();
