/* What a page is made of, as far as rules of accessibility see it: each element under its parent, whether it has a name, what follows
   what among headings and landmarks. Two pages of the same parts get the same answers from axe. */
() => {
  const root = document.documentElement;
  const shown = [window.innerWidth, getComputedStyle(root).fontSize, ...[...root.attributes].map((one) => `${one.name}=${one.value}`)].join(" ");
  const parts = new Set();
  const styled = (element) => `${element.localName}.${[...element.classList].sort().join(".")}`;
  const told = (element) => [...element.attributes].map((one) => one.name)
    .filter((name) => name.startsWith("aria-") || ["role", "type", "tabindex", "scope", "disabled", "hidden", "open", "style"].includes(name))
    .map((name) => name + (name === "role" || name === "type" ? `=${element.getAttribute(name)}` : "")).sort().join(" ");
  const named = (element) => Boolean(element.textContent.trim() || element.getAttribute("aria-label") || element.title || element.alt
    || (element.labels && [...element.labels].some((label) => label.textContent.trim())));
  for (const element of document.body.querySelectorAll("*")) {
    const above = element.parentElement;
    parts.add([styled(above.parentElement ?? above), styled(above), styled(element), told(element), named(element)].join(" > "));
  }
  const inOrder = (selector, word) => [...document.querySelectorAll(selector)].reduce((before, one) => {
    parts.add(`${word} ${before} ${one.localName}`);
    return one.localName;
  }, "");
  inOrder("h1, h2, h3, h4, h5, h6", "heading");
  inOrder("header, main, nav, footer, aside", "landmark");
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size < ids.length) parts.add(`twice ${ids.join(" ")} ${location.href}`);
  const targets = document.querySelectorAll("[aria-labelledby], [aria-describedby], [aria-controls], label[for]");
  for (const one of targets) {
    const wanted = one.getAttribute("aria-labelledby") ?? one.getAttribute("aria-describedby") ?? one.getAttribute("aria-controls") ?? one.htmlFor;
    for (const id of wanted.split(" ")) if (!document.getElementById(id)) parts.add(`missing ${id} ${location.href}`);
  }
  return [...parts].map((part) => `${shown}: ${part}`);
}
