/** Secrets without their values; whether one changed stays to be seen. Upstream: diff.go, Masker. */
import { isMapping } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

const hidden = '***'
const before = '*** (before)'
const after = '*** (after)'

export interface Versions {
  /** Undefined: the object does not exist. */
  readonly live: KubeObject | undefined
  readonly merged: KubeObject
}

export interface MaskedVersions {
  /** As upstream shows a secret that does not exist. */
  readonly live: KubeObject | null
  readonly merged: KubeObject
}

export function maskedVersions({ live, merged }: Versions): MaskedVersions {
  const [from, to] = [dataOf(live), dataOf(merged)]
  return {
    live: live === undefined ? null : withData(live, maskedData(from, to, before)),
    merged: withData(merged, maskedData(to, from, after)),
  }
}

type Data = Readonly<Record<string, unknown>> | undefined

function dataOf(object: KubeObject | undefined): Data {
  const data = object?.['data']
  return isMapping(data) ? data : undefined
}

function maskedData(own: Data, other: Data, changed: string): Data {
  if (own === undefined) return undefined
  return Object.fromEntries(
    Object.entries(own).map(([key, value]) => {
      const differs = other !== undefined && Object.hasOwn(other, key) && other[key] !== value
      return [key, differs ? changed : hidden]
    }),
  )
}

function withData(object: KubeObject, data: Data): KubeObject {
  return data === undefined ? object : { ...object, data }
}
