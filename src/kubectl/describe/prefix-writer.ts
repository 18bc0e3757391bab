/**
 * Text in levels of two spaces; tabs become aligned columns in the end.
 * Upstream: kubectl pkg/describe/describe.go (PrefixWriter, tabbedString), cli-runtime pkg/printers/terminal.go.
 */
import { escapeTerminal } from '#kubectl/printers/table.ts'
import { alignTabs, describeTabs } from '#kubectl/printers/tab-writer.ts'

export interface PrefixWriter {
  /** Text at a level; it says itself where its lines end. */
  write(level: number, text: string): void
  /** A line, or the rest of one, at no level of its own. */
  line(text?: string): void
  /** What follows is aligned apart from what was written. */
  flush(): void
}

/** Writes into memory. */
export class DescriptionWriter implements PrefixWriter {
  readonly #aligns: boolean
  #aligned = ''
  #pending = ''

  /** Not aligned: tabs stay in the text. */
  constructor({ aligned = true }: { readonly aligned?: boolean } = {}) {
    this.#aligns = aligned
  }

  write(level: number, text: string): void {
    this.#pending += escapeTerminal('  '.repeat(level) + text)
  }

  line(text = ''): void {
    this.#pending += escapeTerminal(`${text}\n`)
  }

  flush(): void {
    this.#aligned += this.#aligns ? alignTabs(this.#pending, describeTabs) : this.#pending
    this.#pending = ''
  }

  /** All that was written, aligned. */
  text(): string {
    this.flush()
    return this.#aligned
  }
}

/** Everything some levels deeper; as upstream's, it indents the rest of a line, too. */
export function nested(w: PrefixWriter, levels: number): PrefixWriter {
  return {
    write: (level, text) => w.write(level + levels, text),
    line: (text = '') => w.write(levels, `${text}\n`),
    flush: () => w.flush(),
  }
}
