// Fills username and code of a slip from the part of the link that stands behind "#", which browsers never send to a server.
(() => {
  "use strict";
  const [username, code] = decodeURIComponent(location.hash.slice(1)).split(":");
  const fields = document.querySelector("form[data-slip]")?.elements;
  if (!fields || !code) return;
  history.replaceState(null, "", location.pathname);
  fields.username.value ||= username;
  fields.code.value ||= code;
  fields.new_password.focus();
})();
