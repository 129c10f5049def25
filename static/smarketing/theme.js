// Sets Bootstrap's colour theme before the first paint: the person's choice, else the system's; on paper light.
(function () {
  "use strict";
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  var paper = window.matchMedia("print");
  function chosen() {
    // This browser's choice from the menu wins over the profile's.
    var profile = document.documentElement.dataset.scheme || "auto";
    try { return localStorage.getItem("theme") || profile; } catch (error) { return profile; }
  }
  function apply() {
    var theme = chosen();
    var dark = !paper.matches && (theme === "dark" || (theme === "auto" && system.matches));
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
  paper.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", function () {
    apply();
    // A profile that is saved rules again, also in this browser.
    var field = document.querySelector("form [name=colour_scheme]");
    if (field) {
      field.form.addEventListener("submit", function () {
        try { localStorage.removeItem("theme"); } catch (error) { /* private window */ }
      });
    }
    document.querySelectorAll("[data-theme]").forEach(function (button) {
      button.addEventListener("click", function () {
        try { localStorage.setItem("theme", button.dataset.theme); } catch (error) { /* private window */ }
        apply();
      });
    });
  });
})();
