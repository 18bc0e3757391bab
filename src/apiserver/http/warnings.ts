/**
 * Warning headers.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/net/http.go (NewWarningHeader) and
 * …/apiserver/pkg/endpoints/filters/warning.go, v1.36.
 */
import { limits } from './limits.ts'

export class Warnings {
  #texts: Set<string> | undefined

  add(text: string): void {
    this.#texts ??= new Set()
    if (this.#texts.size < limits.warningsMax) this.#texts.add(text)
  }

  /** The values of the headers; undefined when nothing was said. */
  get headers(): readonly string[] | undefined {
    if (this.#texts === undefined) return undefined
    let left: number = limits.warningBytesMax
    const values: string[] = []
    for (const text of this.#texts) {
      const value = `299 - ${quoted(text)}`
      left -= value.length
      if (left < 0) break
      values.push(value)
    }
    return values
  }

  get texts(): readonly string[] {
    return [...(this.#texts ?? [])]
  }
}

/** Control characters would break the header, other characters go as UTF-8 in latin1. */
function quoted(text: string): string {
  const clean = text.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&')
  return `"${Buffer.from(clean).toString('latin1')}"`
}
