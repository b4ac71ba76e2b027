// The description form beside text and page image: an element whose value was found in the text lights its line, and the
// link of a suggestion goes to that line. Without script the link goes to the page.
export default function describe(form: HTMLElement): void {
  const lineOf = (key: string): HTMLElement | null => form.querySelector<HTMLElement>(`.lt-lines li[data-place="${key}"]`);

  function light(key: string, block: ScrollLogicalPosition): HTMLElement | null {
    const line = lineOf(key);
    line?.dispatchEvent(new MouseEvent("mouseenter"));
    line?.scrollIntoView({ block });
    return line;
  }

  form.addEventListener("focusin", (event) => {
    const key = (event.target as HTMLElement).dataset.source;
    if (key) light(key, "nearest");
  });
  form.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-source]");
    const line = link ? light(link.dataset.source ?? "", "center") : null;
    if (!line) return;
    event.preventDefault();
    line.querySelector<HTMLElement>("a")?.focus();
  });
}
