// Menus, dialogs and messages. Comfort only: every page works without it.
(function () {
  "use strict";
  var MENUS = "details.menu[open], details.drawer[open], details.actions[open]";
  var TOAST_MS = 10000; // as long as an action can be undone

  // One open menu at a time; Escape and a click elsewhere close it.
  document.addEventListener("click", function (event) {
    document.querySelectorAll(MENUS).forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    document.querySelectorAll(MENUS).forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  // A filter that is chosen from a list applies at once; the button stays for everybody else.
  document.addEventListener("change", function (event) {
    if (event.target.matches("form.filters select")) { event.target.form.requestSubmit(); }
  });

  // Of more tabs than there is room for the one that is shown can be seen.
  document.querySelectorAll(".tabs [aria-current]").forEach(function (tab) {
    var row = tab.closest(".tabs");
    row.scrollLeft += tab.getBoundingClientRect().right - row.getBoundingClientRect().right > 0 ? tab.offsetLeft - row.offsetLeft : 0;
  });

  // Dialogs: data-dialog-open="id" opens one of the page; data-dialog-close closes the one around it.
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog-open]");
    var closer = event.target.closest("[data-dialog-close]");
    if (opener) { document.getElementById(opener.dataset.dialogOpen).showModal(); }
    if (closer) { closer.closest("dialog").close(); }
    if (event.target.matches("dialog")) { event.target.close(); } // the ground behind it
  });
  // The shared dialog opens when htmx has filled it, and closes on the server's "close-dialog".
  var dialog = document.getElementById("dialog"), opener = null;
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id !== "dialog-body" || dialog.open) { return; }
    var heading = event.detail.target.querySelector("h1, h2");
    if (heading) { dialog.setAttribute("aria-label", heading.textContent.trim()); }
    opener = document.activeElement;
    dialog.showModal();
  });
  document.addEventListener("close-dialog", function () { dialog.close(); });
  if (dialog) {
    dialog.addEventListener("close", function () {
      document.getElementById("dialog-body").replaceChildren();
      // What opened it stands in a menu that has closed since and cannot take the focus back.
      var menu = opener && opener.closest("details:not([open])");
      if (menu) { menu.querySelector("summary").focus(); }
    });
  }

  // Questions before what cannot be undone: hx-confirm="…" and <form data-confirm="…">.
  function ask(question, yes) {
    var box = document.getElementById("confirm");
    box.querySelector("p").textContent = question;
    box.querySelector("[data-confirm-yes]").onclick = function () { box.close(); yes(); };
    box.showModal();
  }
  document.addEventListener("htmx:confirm", function (event) {
    if (!event.detail.question) { return; }
    event.preventDefault();
    ask(event.detail.question, function () { event.detail.issueRequest(true); });
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) { return; }
    event.preventDefault();
    ask(form.dataset.confirm, function () {
      form.dataset.confirmed = "1";
      form.requestSubmit(event.submitter || undefined);
      delete form.dataset.confirmed;
    });
  });

  // Messages go after ten seconds, but not while somebody reads them with pointer or keyboard.
  function fade(box) {
    var left = TOAST_MS, since = Date.now(), timer = window.setTimeout(gone, left);
    function gone() { box.remove(); }
    function hold() { window.clearTimeout(timer); left -= Date.now() - since; }
    function go() { since = Date.now(); timer = window.setTimeout(gone, Math.max(left, 1500)); }
    box.addEventListener("mouseenter", hold);
    box.addEventListener("mouseleave", go);
    box.addEventListener("focusin", hold);
    box.addEventListener("focusout", go);
  }
  function toast(message) {
    var box = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    var undo = box.querySelector("[data-toast-undo]");
    box.classList.add("toast-" + message.level);
    box.querySelector(".toast-text").textContent = message.text;
    if (message.undo) { undo.setAttribute("hx-post", message.undo); } else { undo.remove(); }
    undo.addEventListener("click", function () { window.setTimeout(function () { box.remove(); }, 0); });
    document.getElementById("toasts").append(box);
    window.htmx.process(box);
    fade(box);
  }
  document.addEventListener("toasts", function (event) { event.detail.toasts.forEach(toast); });
  document.addEventListener("click", function (event) {
    var closer = event.target.closest("[data-toast-close]");
    if (closer) { closer.closest("[data-toast]").remove(); }
  });
  document.querySelectorAll("[data-toast]").forEach(fade);
})();
