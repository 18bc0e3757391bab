/** Keys as etcd has them: bytes, below the cluster's own prefix. */

/** What upstream's keys begin with unless --etcd-prefix says otherwise; ours always do. */
export const defaultPrefix = '/registry'

/** Translates between our keys and those in etcd, which may lie below another prefix. */
export interface KeySpace {
  /** Of a key, or of what keys begin with. */
  encode(key: string): Buffer
  decode(bytes: Buffer): string
}

/** `prefix`: as --etcd-prefix has it, with or without slashes around. */
export function keySpace(prefix: string): KeySpace {
  const own = `/${prefix.replaceAll(/^\/+|\/+$/g, '')}`
  if (own === defaultPrefix) {
    return { encode: (key) => Buffer.from(key), decode: (bytes) => bytes.toString() }
  }
  return {
    encode: (key) => Buffer.from(exchange(key, defaultPrefix, own)),
    decode: (bytes) => exchange(bytes.toString(), own, defaultPrefix),
  }
}

function exchange(key: string, from: string, to: string): string {
  return key.startsWith(from) ? to + key.slice(from.length) : key
}

/** The first key that sorts after all that begin with the prefix; one zero byte: there is no end. */
export function rangeEndOf(prefix: Buffer): Buffer {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] ?? 0xff
    if (byte < 0xff) return Buffer.from([...prefix.subarray(0, i), byte + 1])
  }
  return Buffer.from([0])
}
