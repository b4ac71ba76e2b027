// Menus are <details> and link targets, so they open without script; here they also close: on Escape, on a click
// elsewhere, and the phone menu gives the focus back.
export function menus(): void {
  for (const here of Array.from(document.querySelectorAll<HTMLElement>('.lt-tabs [aria-current="page"]'))) {
    const bar = here.parentElement!; // more tabs than fit: the open one comes into view
    bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  }
  const open = () => Array.from(document.querySelectorAll<HTMLDetailsElement>("details.lt-menu[open]"));
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector<HTMLElement>("summary")?.focus();
    }
    if (window.location.hash === "#lt-menu" || window.location.hash === "#lt-facets") {
      const opener = document.querySelector<HTMLElement>(`a[href="${window.location.hash}"]`);
      window.location.hash = "#main";
      opener?.focus();
    }
  });
  window.addEventListener("hashchange", () => {
    if (window.location.hash === "#lt-menu") document.querySelector<HTMLElement>("#lt-menu a")?.focus();
  });
}
