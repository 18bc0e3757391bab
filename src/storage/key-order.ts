/**
 * The order of keys: of their UTF-8 bytes, as etcd and SQLite sort. JavaScript compares UTF-16 units,
 * which differs only where a surrogate pair meets a character above U+DFFF.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return utf8Rank(x) - utf8Rank(y)
  }
  return a.length - b.length
}

/** Moves surrogates (U+10000 and up) behind the rest of the basic plane. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2800 : unit
}

/** The first key that does not begin with the prefix and sorts after all that do; undefined: none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix)
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]?.codePointAt(0) ?? 0
    if (point === 0x10ffff) continue
    const next = point === 0xd7ff ? 0xe000 : point + 1
    return points.slice(0, i).join('') + String.fromCodePoint(next)
  }
  return undefined
}
