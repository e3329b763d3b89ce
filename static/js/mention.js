/* What a comment field gains when scripts run: the people behind an @.
 *
 *   textarea[data-mentions="url"]   asks the url what a beginning could mean, and shows the answer's [role=option]s
 *                                   in #<its id>-people; arrows choose, Enter or Tab inserts [data-insert], Escape closes
 */
(function () {
  "use strict";

  var WAIT = 150;
  var BEGUN = /(?:^|[^\p{L}\p{N}_@.\/+-])@([\p{L}\p{N}_][^\n@]{0,60})?$/u;
  var timer = 0;
  var asked = "";

  function listOf(field) {
    return document.getElementById(field.id + "-people");
  }
  function options(field) {
    return Array.prototype.slice.call(listOf(field).querySelectorAll("[role=option]"));
  }
  function beginning(field) {
    var found = BEGUN.exec(field.value.slice(0, field.selectionStart));
    return found ? found[1] || "" : null;
  }
  function close(field) {
    clearTimeout(timer);
    listOf(field).hidden = true;
    listOf(field).textContent = "";
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  }
  function choose(field, place) {
    var list = options(field);
    var chosen = (place + list.length) % list.length;
    list.forEach(function (option, index) { option.setAttribute("aria-selected", String(index === chosen)); });
    field.setAttribute("aria-activedescendant", list[chosen].id);
    list[chosen].scrollIntoView({ block: "nearest" });
  }
  function chosenPlace(field) {
    return options(field).findIndex(function (option) { return option.getAttribute("aria-selected") === "true"; });
  }
  function insert(field, name) {
    var end = field.selectionStart;
    var start = end - beginning(field).length;
    field.setRangeText(name + " ", start, end, "end");
    close(field);
    field.focus();
  }
  function show(field, html) {
    listOf(field).innerHTML = html;
    var list = options(field);
    if (!list.length) return close(field);
    listOf(field).hidden = false;
    field.setAttribute("aria-controls", listOf(field).id);
    choose(field, 0);
    document.getElementById("live").textContent = list.length + (list.length === 1 ? " person" : " people") + ", arrows to choose";
  }
  function ask(field) {
    var begun = asked = beginning(field);
    if (begun === null) return close(field);
    fetch(field.dataset.mentions + "?beginning=" + encodeURIComponent(begun)).then(function (answer) {
      return answer.ok ? answer.text() : "";
    }).then(function (html) {
      if (asked === begun && document.activeElement === field && beginning(field) === begun) show(field, html);
    }, function () { close(field); });
  }
  function field(event) {
    return event.target.closest && event.target.closest("textarea[data-mentions]");
  }

  document.addEventListener("input", function (event) {
    var at = field(event);
    if (!at) return;
    clearTimeout(timer);
    if (beginning(at) === null) close(at);
    else timer = setTimeout(ask, WAIT, at);
  });
  document.addEventListener("keydown", function (event) {
    var at = field(event);
    if (!at || listOf(at).hidden) return;
    var place = chosenPlace(at);
    if (event.key === "ArrowDown") choose(at, place + 1);
    else if (event.key === "ArrowUp") choose(at, place - 1);
    else if (event.key === "Enter" || event.key === "Tab") insert(at, options(at)[place].dataset.insert);
    else if (event.key === "Escape") close(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("mousedown", function (event) {
    var option = event.target.closest(".mentionable [role=option]");
    if (!option) return;
    event.preventDefault();
    insert(document.getElementById(option.parentElement.id.replace(/-people$/, "")), option.dataset.insert);
  });
  document.addEventListener("focusout", function (event) {
    if (field(event)) close(field(event));
  });
})();
