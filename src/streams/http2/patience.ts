/**
 * Frames that cost their sender nothing and bring it nothing: resets of what it has just asked for, pings,
 * settings, empty pieces. A client sends a few; one that sends a flood is cut off.
 * The numbers are nghttp2's, which it chose after CVE-2023-44487.
 */
import { ConnectionError, errorCodes } from './errors.ts'

const framesMax = 1000
const framesPerSecond = 33

export class Patience {
  readonly #nowMs: () => number
  #left = framesMax
  #atMs: number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#atMs = nowMs()
  }

  /** Throws ConnectionError when there were too many. */
  spend(): void {
    const nowMs = this.#nowMs()
    this.#left = Math.min(framesMax, this.#left + ((nowMs - this.#atMs) / 1000) * framesPerSecond)
    this.#atMs = nowMs
    this.#left -= 1
    if (this.#left < 0) throw new ConnectionError(errorCodes.enhanceYourCalm, 'too many odd frames')
  }
}
