/* Sets the theme before the first paint; loaded blocking, in <head>.
 * Key and values are those of Django's admin: "theme" = auto, light, dark. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch (blocked) {
    /* Storage may be refused: the system's own scheme applies. */
  }
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : "auto";
})();
