/** A piece of finished HTML; only {@link html} and {@link trusted} make one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers are escaped, finished pieces are not, nothing gives nothing. */
export type Part = string | number | Markup | undefined | false | readonly Part[];

/** HTML from a template; everything put in is escaped unless it is finished HTML itself. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.reduce((all, text, i) => all + render(parts[i - 1]) + text));
}

/** Takes text as finished HTML: for drawings and styles that this package made itself. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** Text with everything escaped that means something in HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[^\P{Cc}\t\n]/gu, '\ufffd');
}

/** JSON that can stand inside a `<script>` element. */
export function jsonForScript(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}
