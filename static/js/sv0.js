/* What the pages gain when scripts run; every page works without.
 *
 *   [data-list] > [data-row]   j and k move .is-selected and focus the row's [data-open] link,
 *                              Enter opens it, x ticks its checkbox; each move sends sv0:select
 *                              to the row (debounced), for hx-trigger="sv0:select"
 *   [data-key="a"]             that key clicks the element (or focuses it, when it is a field)
 *   [data-copy], [data-copy-from="#id"]   copies the text
 *   .toast                     leaves after 8 s, 20 s with Undo; never under pointer or focus
 *   [data-theme-set], [data-dialog="#id"], [data-close], [data-keys-switch]
 */
(function () {
  "use strict";

  var SELECT_DELAY = 120;
  var TOAST_STAYS = 8000;
  var TOAST_WITH_UNDO_STAYS = 20000;
  var COPIED_SHOWS = 1500;
  var FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }
  function visible(element) {
    return element.getClientRects().length > 0;
  }
  function stored(key) {
    try { return localStorage.getItem(key); } catch (blocked) { return null; }
  }
  function store(key, value) {
    try { localStorage.setItem(key, value); } catch (blocked) { /* lasts for this page only */ }
  }
  function announce(text) {
    var live = document.getElementById("live");
    if (live) live.textContent = text;
  }

  /* Theme */

  function showTheme() {
    var now = document.documentElement.dataset.theme;
    all("[data-theme-set]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === now));
    });
  }
  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    store("theme", theme);
    showTheme();
  }

  /* Lists */

  var timer = 0;
  var lastIndex = -1;

  function rows() {
    return all("[data-list] [data-row]").filter(visible);
  }
  function selectedIndex(list) {
    return list.findIndex(function (row) { return row.classList.contains("is-selected"); });
  }
  function select(row) {
    var list = rows();
    all("[data-row].is-selected").forEach(function (other) {
      other.classList.remove("is-selected");
      other.removeAttribute("aria-current");
    });
    row.classList.add("is-selected");
    row.setAttribute("aria-current", "true");
    lastIndex = list.indexOf(row);
    clearTimeout(timer);
    timer = setTimeout(function () {
      row.dispatchEvent(new CustomEvent("sv0:select", { bubbles: true }));
    }, SELECT_DELAY);
  }
  function focusRow(row) {
    var link = row.querySelector("[data-open]");
    if (link) link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  function move(step) {
    var list = rows();
    if (!list.length) return false;
    var from = selectedIndex(list);
    var to = from < 0 ? (step > 0 ? 0 : list.length - 1) : from + step;
    var row = list[Math.max(0, Math.min(list.length - 1, to))];
    select(row);
    focusRow(row);
    return true;
  }
  function onSelected(action) {
    var list = rows();
    var row = list[selectedIndex(list)];
    if (row) action(row);
    return Boolean(row);
  }
  function openRow(row) {
    var link = row.querySelector("[data-open]");
    if (link) link.click();
  }
  function tickRow(row) {
    var box = row.querySelector("input[type=checkbox]");
    if (box) box.click();
  }
  /* After a verb replaced the row under the focus, go on with the one that took its place. */
  function keepPlace() {
    if (document.activeElement !== document.body || lastIndex < 0) return;
    var list = rows();
    if (!list.length || selectedIndex(list) >= 0) return;
    var row = list[Math.min(lastIndex, list.length - 1)];
    select(row);
    focusRow(row);
  }

  /* Keys */

  function keysOff() {
    return stored("keys") === "off";
  }
  function verb(key) {
    var places = all(".bulkbar.is-active, #preview, .toast:last-child").concat([document]);
    for (var i = 0; i < places.length; i += 1) {
      var found = all("[data-key]", places[i]).filter(function (element) {
        return element.dataset.key === key && visible(element) && !element.disabled;
      })[0];
      if (found) return found;
    }
    return null;
  }
  function press(element) {
    if (element.matches(FIELDS)) { element.focus(); return; }
    element.click();
    var opened = element.matches("summary") && element.parentElement.open;
    var field = opened && element.parentElement.querySelector("input:not([type=hidden]), textarea, select");
    if (field) field.focus();
  }
  function pageKey(key, onLink) {
    if (key === "j") return move(1);
    if (key === "k") return move(-1);
    if (key === "x") return onSelected(tickRow);
    if (key === "Enter" && !onLink) return onSelected(openRow);
    if (key === "?") { openDialog("#keys"); return true; }
    if (key === "/") {
      var search = document.querySelector("[data-search]");
      if (search) { search.focus(); search.select(); }
      return Boolean(search);
    }
    var found = verb(key);
    if (found) press(found);
    return Boolean(found);
  }
  function onKey(event) {
    var target = event.target;
    if (event.key === "Escape") { closeMenus(null); if (target.matches("[data-search]")) target.blur(); return; }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches(FIELDS) || document.querySelector("dialog[open]")) return;
    if (event.key !== "Enter" && keysOff()) return;
    if (pageKey(event.key, target.matches("a, button, summary, input"))) event.preventDefault();
  }

  /* Dialogs and menus */

  function listVerbs(dialog) {
    var place = dialog.querySelector("[data-keys-page]");
    if (!place) return;
    place.textContent = "";
    all("[data-key]").filter(visible).forEach(function (element) {
      var dt = document.createElement("dt");
      var dd = document.createElement("dd");
      dt.appendChild(document.createElement("kbd")).textContent = element.dataset.key;
      dd.textContent = element.getAttribute("aria-label") || element.dataset.keyLabel ||
        element.textContent.trim().replace(/\s+/g, " ").replace(new RegExp(" " + element.dataset.key + "$"), "");
      place.append(dt, dd);
    });
    place.previousElementSibling.hidden = !place.children.length;
  }
  function openDialog(selector) {
    var dialog = document.querySelector(selector);
    if (!dialog || dialog.open) return;
    listVerbs(dialog);
    dialog.showModal();
  }
  function closeMenus(except) {
    all("details.menu[open], details.verb--float[open]").forEach(function (menu) {
      if (except && menu.contains(except)) return;
      if (menu.contains(document.activeElement) && !except) menu.querySelector("summary").focus();
      menu.open = false;
    });
  }

  /* Copy */

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    /* Plain http on a host other than localhost has no clipboard API. */
    var area = document.createElement("textarea");
    area.value = text;
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }
  function copy(button) {
    var source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    copyText(source ? source.textContent : button.dataset.copy).then(function () {
      button.classList.add("is-done");
      announce("Copied");
      setTimeout(function () { button.classList.remove("is-done"); }, COPIED_SHOWS);
    }, function () {
      announce("Could not copy");
    });
  }

  /* Toasts */

  function keepToast(toast) {
    if (toast.dataset.timed) return;
    toast.dataset.timed = "yes";
    if (toast.dataset.tone === "bad") return;
    var stays = toast.querySelector("form, [data-undo]") ? TOAST_WITH_UNDO_STAYS : TOAST_STAYS;
    setTimeout(function leave() {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, TOAST_STAYS);
      else toast.remove();
    }, stays);
  }
  function toast(text) {
    var region = document.getElementById("toasts");
    var template = document.getElementById("toast-error");
    if (!region || !template) return;
    var copyOf = template.content.cloneNode(true);
    copyOf.querySelector("p").textContent = text;
    region.appendChild(copyOf);
  }
  var SAYS = {
    403: "You are not allowed to do that.",
    404: "That is no longer here. Reload the page.",
    429: "Too many requests. Wait a minute and try again.",
  };
  function failed(event) {
    var request = event.detail.xhr;
    var id = request.getResponseHeader("X-Request-ID");
    var plain = (request.getResponseHeader("Content-Type") || "").indexOf("text/plain") === 0;
    toast(((plain && request.responseText) || SAYS[request.status] || "That did not work. Reload the page to see how things stand.") + (id ? " Request " + id : ""));
  }

  /* Wiring */

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", function (event) {
    var on = function (selector) { return event.target.closest(selector); };
    var button;
    closeMenus(event.target);
    if ((button = on("[data-theme-set]"))) setTheme(button.dataset.themeSet);
    else if ((button = on("[data-copy], [data-copy-from]"))) copy(button);
    else if ((button = on("[data-dialog]"))) { closeMenus(null); openDialog(button.dataset.dialog); }
    else if ((button = on("dialog [data-close]"))) button.closest("dialog").close();
    else if ((button = on(".toast [data-close]"))) button.closest(".toast").remove();
    else if ((button = on("[data-list] [data-row]")) && !on("a, button, input, label, summary")) { select(button); focusRow(button); }
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-keys-switch]")) store("keys", event.target.checked ? "on" : "off");
  });
  document.addEventListener("submit", function (event) {
    if (event.submitter) event.submitter.classList.add("is-busy");
  });
  window.addEventListener("pageshow", function () {
    all(".is-busy").forEach(function (button) { button.classList.remove("is-busy"); });
  });

  document.addEventListener("htmx:afterRequest", function () {
    all(".is-busy").forEach(function (button) { button.classList.remove("is-busy"); });
  });
  document.addEventListener("htmx:afterSettle", function () {
    all(".toast").forEach(keepToast);
    keepPlace();
  });
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", function () {
    toast("No answer from the server. Check the connection, then reload the page to see how things stand.");
  });
  all(".toast").forEach(keepToast);
  all("[data-keys-switch]").forEach(function (box) { box.checked = !keysOff(); });
  lastIndex = selectedIndex(rows());
  showTheme();
})();
