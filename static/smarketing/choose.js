// Lists with ticks: all at once, and how many are ticked. Works as a plain form without this.
(function () {
  "use strict";
  function update(list) {
    var all = list.querySelectorAll("[data-choose-one]");
    var chosen = list.querySelectorAll("[data-choose-one]:checked");
    var head = list.querySelector("[data-choose-all]");
    var count = list.querySelector("[data-choose-count]");
    list.querySelectorAll("[data-choose-submit]").forEach(function (button) { button.disabled = chosen.length === 0; });
    if (count) { count.textContent = chosen.length + " / " + all.length; }
    if (head) {
      head.checked = chosen.length > 0 && chosen.length === all.length;
      head.indeterminate = chosen.length > 0 && chosen.length < all.length;
    }
  }
  document.addEventListener("change", function (event) {
    var list = event.target.closest("[data-choose]");
    if (!list) { return; }
    if (event.target.matches("[data-choose-all]")) {
      list.querySelectorAll("[data-choose-one]").forEach(function (box) { box.checked = event.target.checked; });
    }
    update(list);
  });
  document.querySelectorAll("[data-choose]").forEach(update);
})();
