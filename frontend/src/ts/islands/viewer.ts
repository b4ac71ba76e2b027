// Page images: zoom, fit, turn, page by page or one below the other, drag to move; and lines of text linked with their
// places on the page, both ways.
// The pages are plain images from the server, so all of it also reads without script.
import { ignoresKeys } from "../keys";

export default function viewer(root: HTMLElement): void {
  const pane = root.querySelector<HTMLElement>(".lt-viewer")!;
  const pages = Array.from(pane.querySelectorAll<HTMLElement>(".lt-page"));
  const thumbs = Array.from(root.querySelectorAll<HTMLAnchorElement>(".lt-thumbs a"));
  const lines = Array.from(document.querySelectorAll<HTMLElement>(".lt-lines li[data-place]"));
  const portion = root.querySelector<HTMLElement>(".lt-pagebar") ?? root;
  let zoom = 1;
  let turn = Number(root.dataset.turn ?? 0);
  let single = false;
  let current = 0;

  // A page that lies on its side takes the room it is seen in, not the room it stood in.
  function apply(): void {
    for (const [at, page] of pages.entries()) {
      const image = page.querySelector("img")!;
      const shape = (Number(image.getAttribute("height")) || 1) / (Number(image.getAttribute("width")) || 1);
      const lying = turn % 180 !== 0;
      const wide = zoom * 100;
      page.style.width = `${lying ? wide / shape : wide}%`;
      page.style.transform = turn ? `rotate(${turn}deg)` : "";
      page.style.marginLeft = lying ? `${(Math.max(100, wide) - wide / shape) / 2}%` : "";
      // Margins of neighbours run together, so what a page leaves above it is taken from the page before.
      page.style.marginTop = lying && (single || at === 0) ? `${(wide / shape - wide) / 2}%` : "";
      page.style.marginBottom = lying ? `calc(12px + ${wide / shape - wide}%)` : "";
      page.hidden = single && at !== current;
    }
    root.dataset.zoom = String(Math.round(zoom * 100));
    root.querySelector('[data-view="single"]')?.setAttribute("aria-pressed", String(single));
  }

  function goTo(wanted: number): void {
    if (wanted < 0 || wanted >= pages.length) {
      portion.parentElement?.querySelector<HTMLElement>(`[data-pages="${wanted < 0 ? "earlier" : "later"}"]`)?.click();
      return;
    }
    current = wanted;
    apply();
    pane.scrollTo({ top: single ? 0 : pages[wanted].offsetTop - 12 });
    showPage(pages[wanted].dataset.page ?? "");
  }

  function zoomTo(wanted: number): void {
    const before = zoom;
    zoom = Math.min(5, Math.max(0.25, wanted));
    const across = (pane.scrollLeft + pane.clientWidth / 2) / Math.max(1, pane.scrollWidth);
    const down = (pane.scrollTop + pane.clientHeight / 2) / Math.max(1, pane.scrollHeight);
    if (before === zoom) return;
    apply();
    pane.scrollLeft = across * pane.scrollWidth - pane.clientWidth / 2;
    pane.scrollTop = down * pane.scrollHeight - pane.clientHeight / 2;
  }

  function fitPage(): void {
    const image = pages[single ? current : 0]?.querySelector("img");
    if (!image || !image.clientHeight) return;
    zoomTo((zoom * (pane.clientHeight - 24)) / image.clientHeight);
  }

  const acts: Record<string, () => void> = {
    in: () => zoomTo(zoom * 1.25),
    out: () => zoomTo(zoom / 1.25),
    width: () => zoomTo(1),
    page: fitPage,
    turn: () => {
      turn = (turn + 90) % 360;
      goTo(current);
    },
    single: () => {
      single = !single;
      goTo(current);
    },
    full: () => void (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.()),
  };

  for (const button of Array.from(root.querySelectorAll<HTMLElement>("[data-view]"))) {
    button.hidden = false;
    button.addEventListener("click", () => acts[button.dataset.view ?? ""]?.());
  }

  function showPage(number: string): void {
    for (const thumb of thumbs) thumb.setAttribute("aria-current", String(thumb.dataset.page === number));
  }

  for (const thumb of thumbs) {
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      goTo(pages.findIndex((each) => each.dataset.page === thumb.dataset.page));
    });
  }

  pane.addEventListener("scroll", () => {
    if (single) return;
    const middle = pane.scrollTop + pane.clientHeight / 2;
    const below = pages.findIndex((page) => page.offsetTop > middle);
    current = Math.max(0, (below < 0 ? pages.length : below) - 1);
    showPage(pages[current].dataset.page ?? "");
  });

  // Ways to a page on view (from hits, from lines of text) open it even where pages are shown one by one.
  root.addEventListener("click", (event) => {
    const way = (event.target as HTMLElement).closest<HTMLAnchorElement>('a[href^="#lt-page-"]');
    if (!way || way.dataset.page || way.closest(".lt-lines")) return;
    const at = pages.findIndex((page) => `#${page.id}` === way.getAttribute("href"));
    if (at < 0) return;
    event.preventDefault();
    goTo(at);
  });

  // One place is lit at a time, on the page and in the text.
  function light(place: string, from: "text" | "page"): void {
    for (const line of lines) line.classList.toggle("lt-lines--on", line.dataset.place === place);
    for (const spot of Array.from(pane.querySelectorAll<HTMLElement>(".lt-page__place"))) {
      const on = spot.dataset.place === place;
      spot.classList.toggle("lt-page__place--on", on);
      if (on && from === "text") {
        const page = spot.parentElement as HTMLElement;
        if (single && page.hidden) goTo(pages.indexOf(page));
        const top = page.offsetTop + spot.offsetTop - pane.clientHeight / 2;
        pane.scrollTo({ top, left: page.offsetLeft + spot.offsetLeft - 24 });
      }
    }
    if (from === "page") lines.find((line) => line.dataset.place === place)?.scrollIntoView({ block: "nearest" });
  }

  pane.addEventListener("click", (event) => {
    const spot = (event.target as HTMLElement).closest<HTMLElement>(".lt-page__place");
    if (spot) light(spot.dataset.place ?? "", "page");
  });
  for (const line of lines) {
    line.addEventListener("mouseenter", () => light(line.dataset.place ?? "", "text"));
    line.addEventListener("focusin", () => light(line.dataset.place ?? "", "text"));
  }

  let start: { x: number; y: number; left: number; top: number } | null = null;
  pane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    start = { x: event.clientX, y: event.clientY, left: pane.scrollLeft, top: pane.scrollTop };
  });
  window.addEventListener("pointermove", (event) => {
    if (!start) return;
    pane.dataset.dragging = "yes";
    pane.scrollLeft = start.left - (event.clientX - start.x);
    pane.scrollTop = start.top - (event.clientY - start.y);
  });
  window.addEventListener("pointerup", () => {
    start = null;
    delete pane.dataset.dragging;
  });
  for (const image of pages) image.addEventListener("dragstart", (event) => event.preventDefault());

  document.addEventListener("keydown", (event) => {
    if (ignoresKeys(event)) return;
    if (event.key === "+" || event.key === "=") acts.in();
    if (event.key === "-") acts.out();
    if (event.key === "0") acts.width();
    if (event.key === ",") goTo(current - 1);
    if (event.key === ".") goTo(current + 1);
    if (event.key.toLowerCase() === "p" && pages.length > 1) acts.single();
    if (event.key.toLowerCase() === "t") acts.turn();
    if (event.key.toLowerCase() === "f") {
      const doubtful = lines.filter((line) => line.matches(".lt-lines--doubtful") || line.querySelector("mark"));
      const at = doubtful.findIndex((line) => line.classList.contains("lt-lines--on"));
      const next = doubtful[(at + 1) % Math.max(1, doubtful.length)];
      event.preventDefault(); // the letter is not typed into the line that gets the focus
      next?.querySelector<HTMLElement>("a, textarea")?.focus();
    }
  });
  if (turn) apply();
  const asked = pages.findIndex((page) => `#${page.id}` === location.hash);
  if (asked > 0) goTo(asked);
  pane.dataset.ready = "yes";
}
