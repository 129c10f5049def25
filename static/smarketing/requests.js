// What htmx requests show: that they run, and what to do when one fails.
(function () {
  "use strict";
  var running = 0;
  var failed = null; // the element whose request failed, and whether a person had asked for it
  var box = document.getElementById("request-error");
  var texts = document.getElementById("error-texts").dataset;

  function isPolled(detail) {
    var cause = detail.requestConfig && detail.requestConfig.triggeringEvent;
    return !cause || cause.type === "load" || cause.type === "intersect";
  }
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (isPolled(event.detail)) { return; }
    running += 1;
    document.documentElement.classList.add("is-loading");
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (isPolled(event.detail)) { return; }
    running = Math.max(0, running - 1);
    document.documentElement.classList.toggle("is-loading", running > 0);
  });

  function text(status) {
    if (status === 0) { return texts.offline; }
    return texts[status] || (status >= 500 ? texts["5xx"] : texts["4xx"]);
  }
  function show(event, status) {
    var polled = isPolled(event.detail);
    // A part that refreshes itself is silent about a short outage: the next time may go well.
    if (polled && status !== 401) { return; }
    var retry = !polled && (status === 0 || status === 401 || status === 429 || status >= 500);
    failed = event.detail.elt;
    box.querySelector(".request-error-text").textContent = text(status);
    box.querySelector("[data-error-retry]").hidden = !retry;
    box.querySelector("[data-error-reload]").hidden = status !== 404 && status !== 409;
    box.querySelector("[data-error-sign-in]").hidden = status !== 401;
    // An open dialog makes everything outside it unreachable: the message goes inside.
    (document.querySelector("dialog[open]") || document.body).append(box);
    box.hidden = false;
  }
  function hide() { box.hidden = true; document.body.append(box); }
  document.addEventListener("htmx:responseError", function (event) { show(event, event.detail.xhr.status); });
  document.addEventListener("htmx:sendError", function (event) { show(event, 0); });
  document.addEventListener("htmx:timeout", function (event) { show(event, 0); });
  document.addEventListener("htmx:afterOnLoad", function (event) {
    if (event.detail.successful && !box.hidden && !isPolled(event.detail)) { hide(); }
  });
  // A form that was refused comes back as 422 with its errors and is shown where it stood.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  // Signing in, in another tab too, renews the token that every later request has to carry.
  document.addEventListener("htmx:configRequest", function (event) {
    var cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (cookie) { event.detail.headers["X-CSRFToken"] = cookie[1]; }
  });
  document.addEventListener("submit", function (event) {
    var cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    var field = event.target.elements.namedItem("csrfmiddlewaretoken");
    if (cookie && field && event.target.method === "post") { field.value = cookie[1]; }
  }, true);
  box.querySelector("[data-error-close]").addEventListener("click", hide);
  box.querySelector("[data-error-retry]").addEventListener("click", function () {
    hide();
    var form = failed && failed.closest("form");
    if (form && form.matches("[hx-post], [hx-get], [hx-put], [hx-delete]")) { form.requestSubmit(); } else if (failed) { failed.click(); }
  });
})();
