// Single keys work outside fields only and can be switched off (WCAG 2.1.4). Any link or button may carry data-key="e",
// data-key="mod+enter", or data-key="g w" for two keys one after the other.
function typing(element: HTMLElement): boolean {
  if (element.isContentEditable) return true;
  if (element.tagName === "INPUT") return !/^(checkbox|radio|button|submit)$/.test((element as HTMLInputElement).type);
  return element.tagName === "TEXTAREA" || element.tagName === "SELECT";
}

export function keysAreOff(): boolean {
  return document.documentElement.dataset.keys === "off";
}

export function ignoresKeys(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return typing(target) || event.altKey || event.ctrlKey || event.metaKey || keysAreOff() || overlayIsOpen();
}

function press(name: string): boolean {
  const target = Array.from(document.querySelectorAll<HTMLElement>("[data-key]")).find((each) => each.dataset.key === name);
  if (!target || target.getAttribute("aria-disabled") === "true") return false;
  target.focus();
  target.click();
  return true;
}

function overlay(): HTMLElement | null {
  return document.getElementById("lt-keys");
}

function overlayIsOpen(): boolean {
  const box = overlay();
  return !!box && !box.hidden;
}

let cameFrom: HTMLElement | null = null;

function openOverlay(): void {
  const box = overlay();
  if (!box) return;
  cameFrom = document.activeElement as HTMLElement | null;
  box.hidden = false;
  box.querySelector<HTMLElement>("[data-close]")?.focus();
}

function closeOverlay(): void {
  const box = overlay();
  if (!box) return;
  box.hidden = true;
  cameFrom?.focus();
}

function keepFocusInside(event: KeyboardEvent): void {
  const stops = Array.from(overlay()!.querySelectorAll<HTMLElement>("a[href], button"));
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const next = event.shiftKey ? at - 1 : at + 1;
  event.preventDefault();
  stops[(next + stops.length) % stops.length].focus();
}

export function keys(): void {
  let first = "";
  document.addEventListener("keydown", (event) => {
    if (overlayIsOpen()) {
      if (event.key === "Escape") closeOverlay();
      if (event.key === "Tab") keepFocusInside(event);
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      if (press("mod+enter")) event.preventDefault();
      return;
    }
    if (ignoresKeys(event)) return;
    if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
      return;
    }
    if (event.key === "?") {
      event.preventDefault();
      openOverlay();
      return;
    }
    const name = first ? `${first} ${event.key.toLowerCase()}` : event.key.toLowerCase();
    first = !first && event.key.toLowerCase() === "g" ? "g" : "";
    if (!first && press(name)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("[data-open-keys]")) {
      event.preventDefault();
      openOverlay();
    } else if (overlayIsOpen() && (target === overlay() || target.closest("#lt-keys [data-close]"))) {
      closeOverlay();
    }
  });
}
