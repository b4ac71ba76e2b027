// An island is an element with data-island="name". Its script is fetched when it is near the screen; what the server put
// inside stays when that fails, or without script.
type Island = { default: (element: HTMLElement) => void };

const LOADERS: Record<string, () => Promise<Island>> = {
  viewer: () => import("./islands/viewer"),
  describe: () => import("./islands/describe"),
  review: () => import("./islands/review"),
  marking: () => import("./islands/marking"),
  upload: () => import("./islands/upload"),
};

async function mount(element: HTMLElement): Promise<void> {
  if (element.dataset.mounted) return;
  element.dataset.mounted = "yes";
  const load = LOADERS[element.dataset.island ?? ""];
  if (!load) return;
  try {
    (await load()).default(element);
    element.dataset.ready = "yes";
  } catch (error) {
    console.error(error);
    element.dataset.failed = "yes";
  }
}

export function islands(root: ParentNode): void {
  const found = Array.from(root.querySelectorAll<HTMLElement>("[data-island]:not([data-mounted])"));
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        watcher.unobserve(entry.target);
        void mount(entry.target as HTMLElement);
      }
    },
    { rootMargin: "200px" },
  );
  for (const element of found) watcher.observe(element);
}
