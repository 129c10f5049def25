"use strict";

// A file of its own: the page's content security policy allows no script inside the HTML.
const place = document.getElementById("swagger-ui");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  // The validator badge would ask a server elsewhere about this schema.
  validatorUrl: null,
  requestInterceptor: (request) => {
    // Somebody who is signed in calls with their session, and that needs the CSRF token.
    if (!["GET", "HEAD"].includes(request.method)) {
      request.headers["X-CSRFToken"] = place.dataset.csrf;
    }
    return request;
  },
});
