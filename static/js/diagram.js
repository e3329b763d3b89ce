/* What a large picture of paths gains when scripts run: it can be dragged, and scaled by buttons, + - 0, or Ctrl and wheel.
 * Without scripts it scrolls in its frame. Scaling changes the SVG's width and height; its viewBox stays. */
(function () {
  "use strict";

  var STEP = 1.25;
  var LEAST = 0.2;
  var MOST = 3;

  function scale(wrap, factor) {
    var svg = wrap.querySelector("svg.diagram");
    var box = svg.viewBox.baseVal;
    var before = svg.width.baseVal.value / box.width;
    var after = factor ? Math.min(MOST, Math.max(LEAST, before * factor)) : 1;
    var x = (wrap.scrollLeft + wrap.clientWidth / 2) / before;
    var y = (wrap.scrollTop + wrap.clientHeight / 2) / before;
    svg.setAttribute("width", box.width * after);
    svg.setAttribute("height", box.height * after);
    wrap.scrollLeft = x * after - wrap.clientWidth / 2;
    wrap.scrollTop = y * after - wrap.clientHeight / 2;
  }

  function fit(wrap) {
    var svg = wrap.querySelector("svg.diagram");
    scale(wrap, 0);
    scale(wrap, Math.min(1, (wrap.clientWidth - 24) / svg.viewBox.baseVal.width));
    wrap.scrollLeft = 0;
  }

  function button(label, title, act) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn--small";
    made.textContent = label;
    made.title = title;
    made.setAttribute("aria-label", title);
    made.addEventListener("click", act);
    return made;
  }

  function drag(wrap) {
    var from = null;
    wrap.addEventListener("pointerdown", function (event) {
      if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("a")) return;
      from = { x: event.clientX + wrap.scrollLeft, y: event.clientY + wrap.scrollTop };
      wrap.setPointerCapture(event.pointerId);
      wrap.classList.add("is-dragged");
    });
    wrap.addEventListener("pointermove", function (event) {
      if (!from) return;
      wrap.scrollLeft = from.x - event.clientX;
      wrap.scrollTop = from.y - event.clientY;
    });
    ["pointerup", "pointercancel"].forEach(function (name) {
      wrap.addEventListener(name, function () { from = null; wrap.classList.remove("is-dragged"); });
    });
  }

  function equip(wrap) {
    if (wrap.dataset.panzoom || !wrap.querySelector("svg.diagram")) return;
    wrap.dataset.panzoom = "on";
    var bar = document.createElement("div");
    bar.className = "btn-row diagram-zoom no-print";
    bar.append(
      button("−", "Smaller", function () { scale(wrap, 1 / STEP); }),
      button("+", "Larger", function () { scale(wrap, STEP); }),
      button("1:1", "Full size", function () { scale(wrap, 0); }),
      button("Fit", "Fit the width", function () { fit(wrap); })
    );
    wrap.before(bar);
    wrap.addEventListener("wheel", function (event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      scale(wrap, event.deltaY < 0 ? STEP : 1 / STEP);
    }, { passive: false });
    wrap.addEventListener("keydown", function (event) {
      var factor = { "+": STEP, "=": STEP, "-": 1 / STEP, "0": 0 }[event.key];
      if (factor === undefined || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      scale(wrap, factor);
    });
    drag(wrap);
    show(wrap, wrap.querySelector(".node--subject"));
  }

  function show(wrap, node) {
    if (!node) return;
    var frame = wrap.getBoundingClientRect();
    var box = node.getBoundingClientRect();
    wrap.scrollTop += box.top + box.height / 2 - frame.top - wrap.clientHeight / 2;
  }

  function start() {
    document.querySelectorAll("#answer .diagram-wrap").forEach(equip);
  }
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
})();
