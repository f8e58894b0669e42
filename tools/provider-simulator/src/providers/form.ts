/** A parsed form: `metadata[order]=7` becomes `{ metadata: { order: '7' } }`. */
export interface Form {
  [name: string]: string | Form;
}

/** Deeper than any field of the simulated APIs. */
const DEEPEST = 5;

export function parseForm(body: string): Form {
  const form = emptyForm();
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.replaceAll(']', '').split('[').slice(0, DEEPEST);
    let at = form;
    for (const part of path.slice(0, -1)) {
      const next = at[part];
      at = at[part] = typeof next === 'object' ? next : emptyForm();
    }
    at[path.at(-1)!] = value;
  }
  return form;
}

export function text(form: Form, name: string): string | null {
  const value = form[name];
  return typeof value === 'string' ? value : null;
}

/** Without a prototype, so that a field called `__proto__` is only a field. */
function emptyForm(): Form {
  return Object.create(null) as Form;
}
