/**
 * A description is a list of sections: most are a label and where its value comes from, the rest write
 * themselves. Upstream: kubectl pkg/describe/describe.go.
 */
import type { ObjectMeta } from '#api/meta/v1.gen.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { eventsAbout, writeEvents } from './events.ts'
import type { Event } from '#api/core/v1.gen.ts'
import { DescriptionWriter } from './prefix-writer.ts'
import type { PrefixWriter } from './prefix-writer.ts'
import type { Reader } from './reader.ts'

/** What a kind's file exports. */
export interface Describer {
  describe(asked: Asked): Promise<string>
}

export interface Asked {
  /** With the object as the server has it. */
  readonly info: Info
  readonly reader: Reader
  readonly showEvents: boolean
  readonly nowMs: number
}

export interface Described {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
}

/** What a section knows besides the object. */
export interface View<R> {
  readonly nowMs: number
  /** What was read for the description. */
  readonly related: R
}

/** Nothing is written for undefined. */
export type Value = string | number | boolean | undefined

export type Row<T, R = unknown> = readonly [
  label: string,
  value: (object: T, view: View<R>) => Value,
]

export type Section<T, R = unknown> =
  | Row<T, R>
  | ((w: PrefixWriter, object: T, view: View<R>) => void)

export interface Description<T, R> {
  /** The version that the sections read; an object of another is read again. */
  readonly version: string
  /** Other objects that the description tells of. */
  readonly related?: (object: T, reader: Reader) => Promise<R>
  readonly sections: readonly Section<T, R>[]
  /** False: it has no events. Default: those about the object. */
  readonly events?: false | ((object: T, reader: Reader) => Promise<readonly Event[]>)
}

export function describer<T extends Described, R = undefined>(
  description: Description<T, R>,
): Describer {
  return { describe: (asked) => describe(description, asked) }
}

/** The first whose version the server has. */
export function firstServed(...describers: readonly [Describer, ...Describer[]]): Describer {
  return {
    async describe(asked) {
      let failure: unknown
      for (const candidate of describers) {
        try {
          return await candidate.describe(asked)
        } catch (error) {
          failure = error
        }
      }
      throw failure
    },
  }
}

async function describe<T extends Described, R>(
  { version, related, sections, events }: Description<T, R>,
  { info, reader, showEvents, nowMs }: Asked,
): Promise<string> {
  const object = await reader.object<T>(info, version)
  // A description without `related` has R = undefined.
  const found = (await related?.(object, reader)) as R
  const about = { kind: info.mapping.kind, ...object }
  const find = events ?? ((): Promise<readonly Event[]> => eventsAbout(about, reader))
  const list = showEvents && find !== false ? await find(object, reader).catch(() => []) : undefined
  const w = new DescriptionWriter()
  writeSections(w, sections, { object, view: { nowMs, related: found } })
  if (list !== undefined) writeEvents(w, list, nowMs)
  return w.text()
}

function writeSections<T, R>(
  w: PrefixWriter,
  sections: readonly Section<T, R>[],
  { object, view }: { readonly object: T; readonly view: View<R> },
): void {
  for (const section of sections) {
    if (typeof section === 'function') {
      section(w, object, view)
      continue
    }
    const [label, valueOf] = section
    const value = valueOf(object, view)
    if (value !== undefined) w.write(0, `${label}:\t${value}\n`)
  }
}
