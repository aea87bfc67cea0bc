// The hall's screen of pledges: turns pages, keeps the clock, asks for news, and goes on with what it has while the network is away.
// It runs for months: every timer sets the next one, every row is replaced, nothing is kept but the latest answer.
(() => {
  "use strict";
  const EVERY = 60_000, FIRST_WAIT = 5_000, LONGEST_WAIT = 120_000, PATIENCE = 10_000;
  const said = document.body.dataset;
  const part = (id) => document.getElementById(id);
  const list = part("rows"), note = part("note"), empty = part("empty");
  let rows = null, page = 0, seconds = Number(said.seconds) || 12, ahead = 0, asOf = null, wait = FIRST_WAIT, turning = 0, asking = 0, busy = false;

  const hour = (at) => at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  };

  function line(row) {
    const item = document.createElement("li"), who = document.createElement("div"), what = document.createElement("div"), when = document.createElement("div");
    item.className = `tone-${row.tone}`;
    who.className = "who"; what.className = "what"; when.className = "when";
    who.append(element("b", row.who), element("span", row.unit));
    what.append(element("b", row.title), element("p", row.text));
    when.append(element("span", row.word, "word"), element("span", row.deadline));
    item.append(who, what, when);
    return item;
  }

  function fitting() {
    const first = list.firstElementChild;
    return first ? Math.max(1, Math.floor((list.clientHeight + 1) / first.offsetHeight)) : 1;
  }

  function show() {
    if (!rows) return;
    empty.hidden = rows.length > 0;
    if (!rows.length) {
      list.replaceChildren();
      part("pages").textContent = "";
      return;
    }
    if (!list.firstElementChild) list.replaceChildren(line(rows[0]));
    const size = fitting(), pages = Math.ceil(rows.length / size);
    if (page >= pages) page = 0;
    list.replaceChildren(...rows.slice(page * size, (page + 1) * size).map(line));
    part("pages").textContent = pages > 1 ? said.page.replace("{page}", page + 1).replace("{pages}", pages) : "";
  }

  function turn() {
    page += 1;
    show();
    clearTimeout(turning);
    turning = setTimeout(turn, seconds * 1000);
  }

  function tick() {
    const at = new Date(Date.now() + ahead);
    part("clock").textContent = hour(at);
    setTimeout(tick, 1000 * (60 - at.getSeconds() % 60) > 15_000 ? 15_000 : 1000);
  }

  async function ask() {
    if (busy) return;
    busy = true;
    clearTimeout(asking);
    const stop = new AbortController(), late = setTimeout(() => stop.abort(), PATIENCE);
    let next = EVERY;
    try {
      const answer = await fetch(said.source, { cache: "no-store", credentials: "omit", signal: stop.signal });
      if (answer.status === 404 || answer.status === 403) close();
      else if (answer.ok) take(await answer.json());
      else throw new Error(answer.status);
      wait = FIRST_WAIT;
    } catch {
      if (asOf) note.textContent = said.offline.replace("{time}", hour(asOf));
      next = wait;
      wait = Math.min(wait * 2, LONGEST_WAIT);
    } finally {
      clearTimeout(late);
      busy = false;
      asking = setTimeout(ask, next + Math.random() * 1000);
    }
  }

  function take(found) {
    const first = rows === null || !rows.length;
    rows = found.rows;
    ahead = found.now - Date.now();
    asOf = new Date(found.now);
    seconds = found.seconds;
    note.textContent = "";
    empty.textContent = said.empty;
    part("totals").textContent = found.totals;
    if (first || !rows.length) {
      page = 0;
      show();
    }
  }

  // What was taken down must not stay on the wall.
  function close() {
    rows = [];
    asOf = null;
    empty.textContent = said.closed;
    note.textContent = part("totals").textContent = "";
    show();
  }

  addEventListener("online", ask);
  addEventListener("resize", show);
  asOf = new Date();
  tick();
  ask();
  turning = setTimeout(turn, seconds * 1000);
})();
