/**
 * Keys that an object in a JSON text names twice, which `JSON.parse` does not tell. The text is known
 * to be valid JSON.
 */

/** How many keys all objects in `text` have together: colons outside strings. */
export function countKeys(text: string): number {
  let count = 0
  let at = 0
  for (;;) {
    const open = text.indexOf('"', at)
    if (open < 0) return count
    at = endOfString(text, open)
    let after = text.charCodeAt(at)
    while (after === 0x20 || (after >= 0x09 && after <= 0x0d)) {
      at += 1
      after = text.charCodeAt(at)
    }
    if (after === 0x3a) count += 1
  }
}

/** The index after the closing quote of the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close + 1
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1
  return backslashes % 2 === 1
}

/** The paths (`spec.containers[0].image`) of keys that come again in their object, each once. */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>()
  new Walk(text, found).value('')
  return [...found]
}

class Walk {
  readonly #text: string
  readonly #found: Set<string>
  #at = 0

  constructor(text: string, found: Set<string>) {
    this.#text = text
    this.#found = found
  }

  value(path: string): void {
    const first = this.#skip()
    if (first === '{') this.#object(path)
    else if (first === '[') this.#array(path)
    else if (first === '"') this.#string()
    else while (/[-+.\w]/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #object(path: string): void {
    const seen = new Set<string>()
    this.#at += 1
    while (this.#skip() !== '}') {
      if (this.#text[this.#at] === ',') {
        this.#at += 1
        continue
      }
      const key = this.#string()
      const at = path === '' ? key : `${path}.${key}`
      if (seen.has(key)) this.#found.add(at)
      seen.add(key)
      this.#skip()
      this.#at += 1 // the colon
      this.value(at)
    }
    this.#at += 1
  }

  #array(path: string): void {
    this.#at += 1
    for (let index = 0; this.#skip() !== ']';) {
      if (this.#text[this.#at] === ',') {
        this.#at += 1
        index += 1
        continue
      }
      this.value(`${path}[${index}]`)
    }
    this.#at += 1
  }

  #string(): string {
    const start = this.#at
    this.#at = endOfString(this.#text, start)
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  #skip(): string {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1
    return this.#text[this.#at] ?? ''
  }
}
