// Resumable upload: pieces by PUT with Content-Range; HEAD says how much the server has (Upload-Offset). The form carries
// data-url (a file's own address is made under it) and data-chunk (bytes a piece); its fields go along in the address. The
// last answer's Location is the submission. The address of a file is made of its name, size and date, so choosing it again
// goes on where it stopped. What the server refuses is said in its own words and not tried again.
import { say } from "../live";

const ATTEMPTS = 6;
const AT_ONCE = 3;
const LATER = [408, 425, 429];

/** Why the server did not take a piece: whether it may be tried again, and after how many milliseconds at least. */
class Refused extends Error {
  constructor(words: string, readonly again: boolean, readonly rest: number) {
    super(words);
  }
}

async function refusal(answer: Response): Promise<Refused> {
  const problem = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
  const joint = document.documentElement.lang.startsWith("zh") ? "：" : ": ";
  const words = [problem.title, problem.detail].filter(Boolean).join(joint) || `${answer.status} ${answer.statusText}`;
  const asked = answer.headers.get("Retry-After") ?? "";
  const rest = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
  return new Refused(words, LATER.includes(answer.status) || answer.status >= 500, rest > 0 ? rest : 0);
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      resolve();
    });
  });
}

/** One file of the list: what its row shows, and its bytes on their way. */
class Upload {
  private stop = new AbortController();
  private sent = 0;
  private readonly url: string;

  constructor(
    private readonly form: HTMLElement,
    private readonly file: File,
    private readonly row: HTMLElement,
    query: string,
  ) {
    this.url = `${form.dataset.url}${encodeURIComponent(`${file.lastModified}-${file.size}-${file.name}`)}?${query}`;
    this.part("[data-pause]").onclick = () => this.stop.abort();
  }

  private part<E extends HTMLElement>(selector: string): E {
    return this.row.querySelector<E>(selector)!;
  }

  show(state: string, words = ""): void {
    for (const each of Array.from(this.row.querySelectorAll<HTMLElement>("[data-when]"))) {
      each.hidden = !each.dataset.when!.split(" ").includes(state);
    }
    const told = this.part("[data-words]");
    told.textContent = words;
    told.hidden = !words;
  }

  /** Ask or send; an answer that is neither yes nor a known no is thrown as what the server said. */
  private async ask(method: string, headers: Record<string, string> = {}, body?: Blob): Promise<Response> {
    const answer = await fetch(this.url, {
      method,
      body,
      headers: { Accept: "application/problem+json", ...headers },
      credentials: "same-origin",
      redirect: "error",
      signal: this.stop.signal,
    });
    const place = answer.headers.get("Location");
    if (answer.ok && place) this.part<HTMLAnchorElement>("[data-name]").href = place;
    return answer;
  }

  /** How much the server has. */
  private async offset(): Promise<number> {
    const answer = await this.ask("HEAD");
    return answer.ok ? Number(answer.headers.get("Upload-Offset") ?? 0) : 0;
  }

  private async piece(): Promise<void> {
    const size = this.file.size;
    const end = Math.min(size, this.sent + Number(this.form.dataset.chunk));
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    const answer = await this.ask(
      "PUT",
      {
        "Content-Range": `bytes ${this.sent}-${end - 1}/${size}`,
        "X-CSRFToken": token ?? this.form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "",
      },
      this.file.slice(this.sent, end),
    );
    const held = answer.headers.get("Upload-Offset");
    if (answer.ok) this.sent = held === null ? end : Number(held);
    else if (answer.status === 409 && held !== null && Number(held) !== this.sent) this.sent = Number(held);
    else throw await refusal(answer);
  }

  /** Send what the server does not have yet; the row tells how it ends. */
  async run(): Promise<void> {
    if (!this.file.size) return this.end("empty");
    this.stop = new AbortController();
    const bar = this.part<HTMLProgressElement>("progress");
    let failures = 0;
    let known = false;
    this.show("sending");
    while (!known || this.sent < this.file.size) {
      const before = this.sent;
      try {
        if (known) await this.piece();
        else this.sent = await this.offset();
        known = true;
        if (this.sent > before) failures = 0;
        this.show("sending");
      } catch (error) {
        if (this.stop.signal.aborted) return this.show("paused");
        const told = error instanceof Refused ? error.message : "";
        failures += 1;
        if (error instanceof Refused && !error.again) return this.end("refused", told);
        if (failures >= ATTEMPTS) return this.end("stopped", told);
        this.show("resting", told);
        await wait(Math.max(500 * 2 ** failures, error instanceof Refused ? error.rest : 0), this.stop.signal);
        if (this.stop.signal.aborted) return this.show("paused");
        known = false;
      }
      bar.value = (this.sent / this.file.size) * 100;
      this.part("[data-share]").textContent = `${Math.floor(bar.value)} %`;
    }
    this.end("sent");
  }

  private end(state: string, words = ""): void {
    this.show(state, words);
    say(`${this.file.name} ${this.row.querySelector(`[data-when=${state}]`)?.textContent ?? ""} ${words}`);
  }
}

export default function upload(form: HTMLElement): void {
  const field = form.querySelector<HTMLInputElement>("input[type=file]")!;
  const list = form.querySelector<HTMLElement>("[data-uploads]")!;
  const pattern = form.querySelector<HTMLTemplateElement>("template[data-row]")!;
  const missingPattern = form.querySelector<HTMLTemplateElement>("template[data-missing]")!;
  const chosen: { file: File; row: HTMLElement }[] = [];
  const waiting: Upload[] = [];
  let running = 0;

  async function next(): Promise<void> {
    const upload = running < AT_ONCE ? waiting.shift() : undefined;
    if (!upload) return;
    running += 1;
    await upload.run();
    running -= 1;
    void next();
  }

  function enqueue(upload: Upload): void {
    upload.show("waiting");
    waiting.push(upload);
    void next();
  }

  /** What the form asks for beside the files and has not got, said beside each field. */
  function missing(): HTMLElement[] {
    const asked = Array.from(form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("select[required], input[required]"));
    return asked.filter((each) => {
      if (each === field) return false;
      const place = each.closest<HTMLElement>(".lt-field")!;
      const told = place.querySelector("[data-missing]");
      const empty = !each.value;
      place.classList.toggle("lt-field--error", empty);
      each.setAttribute("aria-invalid", String(empty));
      if (!empty) told?.remove();
      else if (!told) {
        const words = missingPattern.content.firstElementChild!.cloneNode(true) as HTMLElement;
        words.id = `${each.id}_missing`;
        each.setAttribute("aria-describedby", words.id);
        each.before(words);
      }
      return empty;
    });
  }

  /** Send what was chosen, unless something is missing: the first such field is returned. */
  function start(): HTMLElement | undefined {
    if (!chosen.length && !form.querySelector(".lt-field [data-missing]")) return undefined;
    const [first] = missing();
    if (first) return first;
    const query = new URLSearchParams();
    new FormData(form as HTMLFormElement).forEach((value, name) => {
      if (typeof value === "string" && value && name !== "csrfmiddlewaretoken") query.append(name, value);
    });
    for (const { file, row } of chosen.splice(0)) {
      const upload = new Upload(form, file, row, query.toString());
      row.querySelector<HTMLButtonElement>("[data-resume]")!.onclick = () => enqueue(upload);
      enqueue(upload);
    }
    return undefined;
  }

  field.addEventListener("change", () => {
    for (const file of Array.from(field.files ?? [])) {
      const row = pattern.content.firstElementChild!.cloneNode(true) as HTMLElement;
      row.querySelector("[data-name]")!.textContent = file.name;
      row.querySelector("progress")!.setAttribute("aria-label", file.name);
      row.querySelector<HTMLButtonElement>("[data-remove]")!.onclick = () => {
        const place = chosen.findIndex((each) => each.row === row);
        if (place >= 0) chosen.splice(place, 1);
        row.remove();
      };
      list.append(row);
      chosen.push({ file, row });
    }
    field.value = "";
    start()?.focus();
  });
  form.addEventListener("change", (event) => {
    if (event.target !== field) start();
  });
  form.querySelector<HTMLElement>("[data-plain]")!.hidden = true;
}
