/* Rows of a list that are selected, and the dialog of the operation on them.
 *
 *   form[data-bulk]            counts ticked name="selected" boxes into [data-bulk-count],
 *                              [data-bulk-severities]; [data-bulk-page], [data-bulk-all], [data-bulk-clear];
 *                              shift and a click tick a range
 *   dialog[data-operation]     opens when its #operation is filled, closes when that was emptied
 */
(function () {
  "use strict";

  var SEVERITIES = ["critical", "high", "medium", "low", "info"];
  var IN_DIALOG = ["[autofocus]", "form :is(select, textarea, input:not([type=hidden]))", ".btn--primary:enabled", ".operation"];
  var lastBox = null;

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  /* Selection */

  function boxes(form) {
    return all("input[name=selected]", form);
  }
  function bySeverity(ticked) {
    return SEVERITIES.map(function (severity) {
      return [ticked.filter(function (box) { return box.dataset.severity === severity; }).length, severity];
    }).filter(function (counted) {
      return counted[0];
    }).map(function (counted) {
      return counted.join(" ");
    }).join(", ");
  }
  function show(form) {
    var everything = form.querySelector("[data-bulk-all-input]");
    var list = boxes(form);
    var ticked = list.filter(function (box) { return box.checked; });
    if (ticked.length < list.length) everything.disabled = true;
    var whole = !everything.disabled;
    all(".bulkbar", form).forEach(function (bar) { bar.classList.toggle("is-active", ticked.length > 0); });
    form.querySelector("[data-bulk-count]").textContent = whole ? everything.dataset.label : ticked.length + " selected";
    form.querySelector("[data-bulk-severities]").textContent = whole ? everything.dataset.severities : bySeverity(ticked);
    form.querySelector("[data-bulk-all]").hidden = whole || !list.length || ticked.length < list.length;
    all("[data-bulk-page]", form).forEach(function (box) {
      box.checked = list.length > 0 && ticked.length === list.length;
      box.indeterminate = ticked.length > 0 && ticked.length < list.length;
    });
  }
  function tickAll(form, checked) {
    boxes(form).forEach(function (box) { box.checked = checked; });
    show(form);
  }
  function tickRange(form, box) {
    var list = boxes(form);
    var ends = [list.indexOf(lastBox), list.indexOf(box)].sort(function (a, b) { return a - b; });
    if (ends[0] < 0) return;
    list.slice(ends[0], ends[1] + 1).forEach(function (other) { other.checked = box.checked; });
  }
  function showAll() {
    all("form[data-bulk]").forEach(show);
  }

  /* The operation's dialog */

  function showOperation() {
    var dialog = document.querySelector("dialog[data-operation]");
    if (!dialog) return;
    var filled = dialog.querySelector("#operation").children.length > 0;
    if (filled && !dialog.open) dialog.showModal();
    if (filled) return;
    if (dialog.open) dialog.close();
  }
  function focusHere() {
    var dialog = document.querySelector("dialog[data-operation][open]");
    var places = dialog ? IN_DIALOG : ["[data-row].is-selected [data-open]", "#list"];
    var here = places.map(function (place) { return (dialog || document).querySelector(place); }).filter(Boolean)[0];
    if (here) here.focus();
  }

  document.addEventListener("click", function (event) {
    var on = function (selector) { return event.target.closest(selector); };
    var pressed;
    if ((pressed = on("[data-bulk-clear]"))) tickAll(pressed.form, false);
    else if ((pressed = on("[data-bulk-all]"))) {
      pressed.form.querySelector("[data-bulk-all-input]").disabled = false;
      show(pressed.form);
    }
    else if ((pressed = on("[data-bulk] input[name=selected]"))) {
      if (event.shiftKey) tickRange(pressed.form, pressed);
      lastBox = pressed;
      show(pressed.form);
    }
    else if (on("dialog[data-operation] a[data-close]")) event.preventDefault();
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-bulk-page]")) tickAll(event.target.form, event.target.checked);
  });
  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.detail.elt.matches("form[data-bulk]")) return;
    var at = document.querySelector("[data-row].is-selected");
    if (at) event.detail.parameters.at = at.id.replace("row-", "");
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    showAll();
    if (event.detail.target.id !== "operation") return;
    showOperation();
    focusHere();
  });
  /* Whoever closed the dialog is not asked back by an operation that tells how far it is. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id === "operation" && !event.detail.requestConfig.elt.isConnected) event.detail.shouldSwap = false;
  });
  document.addEventListener("close", function (event) {
    if (event.target.matches("dialog[data-operation]")) event.target.querySelector("#operation").textContent = "";
  }, true);
  showAll();
})();
