// A double click sends a form once. What the server does with a form that comes twice all the same stands there.
const PAUSE = 1500;

export function sendOnce(): void {
  const sent = new WeakMap<HTMLFormElement, number>();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    const now = Date.now();
    if (now - (sent.get(form) ?? -PAUSE) < PAUSE) event.preventDefault();
    else sent.set(form, now);
  });
}
