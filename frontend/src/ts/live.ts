// One polite region says what changed after a swap; one note says what went wrong, in the page's own words.
export function say(words: string): void {
  const region = document.getElementById("lt-live");
  if (!region) return;
  region.textContent = "";
  window.setTimeout(() => {
    region.textContent = words;
  }, 60);
}

export function announceSwaps(): void {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const target = (event as CustomEvent<{ target: HTMLElement }>).detail.target;
    target?.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const target = (event as CustomEvent<{ target: HTMLElement }>).detail.target;
    target?.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.target as HTMLElement;
    const speaker = target.matches("[data-announce]") ? target : target.querySelector<HTMLElement>("[data-announce]");
    if (speaker?.dataset.announce) say(speaker.dataset.announce);
    target.querySelector<HTMLElement>("[data-focus]")?.focus();
  });
}

type Failed = { xhr?: XMLHttpRequest; elt: HTMLElement };

export function failed(detail: Failed): void {
  document.getElementById("lt-failure")?.remove();
  const pattern = document.getElementById("lt-failure-pattern") as HTMLTemplateElement | null;
  if (!pattern) return;
  const note = pattern.content.firstElementChild!.cloneNode(true) as HTMLElement;
  note.id = "lt-failure";
  const number = detail.xhr?.getResponseHeader("X-Error-Number");
  const place = note.querySelector<HTMLElement>("[data-number]");
  if (place) {
    place.hidden = !number;
    place.querySelector("[data-number-value]")!.textContent = number ?? "";
  }
  note.querySelector("[data-close]")?.addEventListener("click", () => note.remove());
  note.querySelector("[data-retry]")?.addEventListener("click", () => {
    note.remove();
    const form = detail.elt.closest("form");
    if (form && typeof form.requestSubmit === "function") form.requestSubmit();
    else if (detail.elt.tagName === "A" || detail.elt.tagName === "BUTTON") detail.elt.click();
    else window.location.reload();
  });
  document.body.append(note);
}

export function reportFailures(): void {
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const detail = (event as CustomEvent<Failed>).detail;
      // A session that ended answers 401 with where to sign in again; the page keeps what was typed.
      failed(detail);
    });
  }
  document.addEventListener("htmx:beforeRequest", () => document.getElementById("lt-failure")?.remove());
}
