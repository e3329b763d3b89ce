/* The print button of a report's page; without scripts the browser's own menu prints. */
(function () {
  "use strict";
  var button = document.querySelector("[data-print]");
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
})();
