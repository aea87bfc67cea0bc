// What the pages gain where scripts run; every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("script");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // htmx sends the CSRF token of the page with every request that changes something.
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  document.addEventListener("htmx:configRequest", (event) => {
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });

  // --- charts -------------------------------------------------------------------------------------------------
  const COLOURS = ["#9d1c1c", "#46617f", "#c08a3e", "#5f7d5a", "#7b6a8e", "#8c8f94"];
  const FONT = getComputedStyle(document.body).fontFamily;
  const size = () => parseFloat(getComputedStyle(root).fontSize) * 0.875;

  function axes(data, sideways, room) {
    const category = {
      type: "category", data: data.categories, inverse: sideways, axisTick: { show: false },
      axisLabel: { fontSize: size(), color: "#4e5661", width: sideways ? Math.min(size() * 18, room * 0.4) : undefined, overflow: "truncate", hideOverlap: !sideways },
    };
    const value = {
      type: "value", max: data.unit === "%" ? 100 : undefined,
      axisLabel: { fontSize: size(), color: "#4e5661", formatter: `{value}${data.unit === "%" ? "%" : ""}`, hideOverlap: true },
    };
    return sideways ? { yAxis: category, xAxis: value } : { xAxis: category, yAxis: value };
  }

  function option(data, room) {
    const base = {
      color: COLOURS, animation: false, textStyle: { fontFamily: FONT, fontSize: size() },
      tooltip: { renderMode: "richText", trigger: data.kind === "pie" ? "item" : "axis" },
      legend: { show: data.series.length > 1 || data.kind === "pie", bottom: 0, textStyle: { fontSize: size() } },
      grid: { left: 8, right: 24, top: 28, bottom: data.series.length > 1 ? 44 : 8, containLabel: true },
    };
    if (data.kind === "pie") {
      const slices = data.categories.map((name, i) => ({ name, value: data.series[0].values[i] }));
      return { ...base, series: [{ type: "pie", radius: ["42%", "68%"], center: ["50%", "45%"], data: slices, label: { fontSize: size() } }] };
    }
    const sideways = data.kind === "rows";
    if (sideways) Object.assign(base.grid, { left: 16, right: 56 });  // room for "100%" behind the longest bar
    const series = data.series.map((one) => ({
      name: one.name, type: data.kind === "line" ? "line" : "bar", data: one.values, barMaxWidth: 32,
      stack: data.kind === "stacked" ? "all" : undefined, symbolSize: 7,
      labelLayout: { hideOverlap: true },
      label: { show: data.kind !== "line" && data.kind !== "stacked" && data.series.length === 1 && (sideways || data.categories.length <= 20),
        position: sideways ? "right" : "top", fontSize: size(), color: "#1f2329", formatter: `{c}${data.unit === "%" ? "%" : ""}` },
    }));
    return { ...base, ...axes(data, sideways, room), series };
  }

  let library = null;
  const script = document.currentScript;
  function echarts() {
    library ??= new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      tag.src = script.dataset.echarts;
      tag.onload = () => resolve(window.echarts);
      tag.onerror = reject;
      document.head.append(tag);
    });
    return library;
  }

  function draw(box) {
    box.dataset.drawn = "yes";
    const data = JSON.parse(box.dataset.chart);
    const written = data.categories.join("").length * size() + data.categories.length * 16;
    if (data.kind === "bar" && written > box.clientWidth - 64) data.kind = "rows";  // names that would not fit side by side
    if (data.kind === "rows") box.style.height = `${2.5 + data.categories.length * 1.75}rem`;  // each line stays legible
    echarts().then((lib) => {
      const chart = lib.init(box, null, { renderer: "canvas" });
      chart.setOption(option(data, box.clientWidth));
      new ResizeObserver(() => chart.resize()).observe(box);
      box.closest("figure")?.querySelector(".chart-data")?.removeAttribute("open");
    }).catch(() => box.remove());
  }

  // --- files --------------------------------------------------------------------------------------------------
  const bytes = (count) => count < 1048576 ? `${Math.ceil(count / 1024)} KB` : `${(count / 1048576).toFixed(1)} MB`;
  function dropZone(zone) {
    zone.dataset.ready = "yes";
    const input = zone.querySelector("input[type=file]");
    const show = () => {
      zone.querySelector("[data-chosen]").textContent = [...input.files].map((file) => `${file.name}（${bytes(file.size)}）`).join("、");
    };
    input.addEventListener("change", show);
    for (const name of ["dragover", "dragleave", "drop"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.toggle("over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
      });
    }
  }

  function enhance(from) {
    all("[data-chart]:not([data-drawn])", from).forEach(draw);
    all("[data-drop]:not([data-ready])", from).forEach(dropZone);
  }
  document.addEventListener("htmx:load", (event) => enhance(event.target.parentElement ?? document));
  enhance(document);
  document.querySelector("[data-focus]")?.focus();

  // --- confirm, print, menus ----------------------------------------------------------------------------------
  // The server asks again on a page of its own unless `confirmed` comes along.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = form.dataset.confirm;
    if (!question || form.elements.confirmed) return;
    if (!window.confirm(question)) { event.preventDefault(); return; }
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: "yes" });
    form.append(field);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const shown = event.target.closest("[data-show-password]");
    if (shown) {
      const field = document.getElementById(shown.dataset.showPassword), hidden = field.type === "password";
      field.type = hidden ? "text" : "password";
      shown.setAttribute("aria-pressed", hidden);
    }
    all("details.menu[open], details.drawer[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  window.addEventListener("beforeprint", () => all(".chart-data").forEach((part) => { part.open = true; }));

  const KEY = "baodao-closed-groups";
  const closed = new Set((sessionStorage.getItem(KEY) ?? "").split(",").filter(Boolean));
  all(".side .side-group").forEach((group) => {
    if (closed.has(group.dataset.group) && !group.querySelector("[aria-current]")) group.open = false;
    group.addEventListener("toggle", () => {
      group.open ? closed.delete(group.dataset.group) : closed.add(group.dataset.group);
      sessionStorage.setItem(KEY, [...closed].join(","));
    });
  });

  // On a low screen the long list of an administrator hides the page's own item.
  const own = document.querySelector(".side [aria-current]"), side = own?.closest(".side-inner");
  if (side) side.scrollTop = own.offsetTop + own.offsetHeight + 24 - side.clientHeight;

  // --- keyboard: / searches, j and k walk the rows, Enter opens one, Escape closes menus -------------------------
  function walk(step) {
    const links = all("tr[data-row] td:first-child a");
    if (!links.length) return;
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + step, 0), links.length - 1);
    links[next].focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all("details.menu[open], details.drawer[open]").forEach((menu) => { menu.open = false; });
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "j") walk(1);
    if (event.key === "k") walk(-1);
  });
})();
