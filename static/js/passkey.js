/* Says on the page when the browser or the person declined; allauth's own script tells the console alone. */
document.addEventListener("allauth.error", function (event) {
  "use strict";
  event.preventDefault();
  document.getElementById("passkey-failed").hidden = false;
});
