/* A case as one file that opens and prints anywhere: HTML without anything that is loaded or run. */

export interface Section {
  readonly heading: string;
  /** Name and value; of a timeline when and who, and what. */
  readonly rows: readonly (readonly [name: string, value: string])[];
}

const ESCAPES: { readonly [character: string]: string } = {
  "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);

const row = ([name, value]: readonly [string, string]): string =>
  `<tr><th scope="row">${escaped(name)}</th><td dir="auto">${escaped(value)}</td></tr>`;

const section = ({ heading, rows }: Section): string =>
  `<h2>${escaped(heading)}</h2>\n<table>\n${rows.map(row).join("\n")}\n</table>`;

export function documentOf(language: string, title: string, note: string, sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>body{font:11pt sans-serif;max-width:45em;margin:2em auto;padding:0 1em}th{text-align:left;vertical-align:top;width:14em;font-weight:normal;padding:2pt 1em 2pt 0}td{white-space:pre-wrap;vertical-align:top}tr{break-inside:avoid}</style>
<h1>${escaped(title)}</h1>
<p>${escaped(note)}</p>
${sections.filter(({ rows }) => rows.length > 0).map(section).join("\n")}
</html>
`;
}
