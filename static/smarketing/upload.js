// A file that is too large is told before it is sent; a button is pressed once. Works without this.
(function () {
  "use strict";
  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    var button = form.querySelector("[data-upload-submit]");
    var most = Number(input.dataset.mostBytes);
    input.addEventListener("change", function () {
      var file = input.files[0];
      input.setCustomValidity(file && file.size > most ? button.dataset.tooLarge : "");
      input.reportValidity();
    });
    form.addEventListener("submit", function () {
      button.disabled = true;
      button.textContent = button.dataset.busy;
    });
    // Coming back by the browser's button finds the page as it was left.
    window.addEventListener("pageshow", function () { button.disabled = false; });
  });
})();
