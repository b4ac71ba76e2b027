// Page images: zoom, fit, turn, drag to move; and lines of text linked with their places on the page, both ways.
// The pages are plain images from the server, so all of it also reads without script.
import { ignoresKeys } from "../keys";

export default function viewer(root: HTMLElement): void {
  const pane = root.querySelector<HTMLElement>(".lt-viewer")!;
  const pages = Array.from(pane.querySelectorAll<HTMLElement>(".lt-page"));
  const thumbs = Array.from(root.querySelectorAll<HTMLAnchorElement>(".lt-thumbs a"));
  const lines = Array.from(document.querySelectorAll<HTMLElement>(".lt-lines li[data-place]"));
  let zoom = 1;
  let turn = 0;

  function apply(): void {
    for (const page of pages) {
      page.style.width = `${zoom * 100}%`;
      page.style.transform = turn ? `rotate(${turn}deg)` : "";
    }
    root.dataset.zoom = String(Math.round(zoom * 100));
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
    const image = pages[0]?.querySelector("img");
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
      apply();
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
      const page = pages.find((each) => each.dataset.page === thumb.dataset.page);
      if (page) pane.scrollTo({ top: page.offsetTop - 12 });
      showPage(thumb.dataset.page ?? "");
    });
  }

  pane.addEventListener("scroll", () => {
    const middle = pane.scrollTop + pane.clientHeight / 2;
    const at = [...pages].reverse().find((page) => page.offsetTop <= middle);
    if (at) showPage(at.dataset.page ?? "");
  });

  // One place is lit at a time, on the page and in the text.
  function light(place: string, from: "text" | "page"): void {
    for (const line of lines) line.classList.toggle("lt-lines--on", line.dataset.place === place);
    for (const spot of Array.from(pane.querySelectorAll<HTMLElement>(".lt-page__place"))) {
      const on = spot.dataset.place === place;
      spot.classList.toggle("lt-page__place--on", on);
      if (on && from === "text") {
        const page = spot.parentElement as HTMLElement;
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
    if (event.key.toLowerCase() === "f") {
      const doubtful = lines.filter((line) => line.classList.contains("lt-lines--doubtful"));
      const at = doubtful.findIndex((line) => line.classList.contains("lt-lines--on"));
      const next = doubtful[(at + 1) % Math.max(1, doubtful.length)];
      next?.querySelector<HTMLElement>("a")?.focus();
    }
  });
  pane.dataset.ready = "yes";
}
