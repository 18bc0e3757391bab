/** Any object, field by field. Upstream: describe.go, genericDescriber. */
import { goText } from '#api/json-path/go-text.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import type { Describer } from './describer.ts'
import { eventsAbout, writeEvents } from './events.ts'
import { labelFor } from './label-for.ts'
import { sortedKeys, writeAnnotations, writeLabels } from './metadata.ts'
import { DescriptionWriter } from './prefix-writer.ts'
import type { PrefixWriter } from './prefix-writer.ts'

const skipped: readonly string[] = [
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]

export const generic: Describer = {
  async describe({ info, reader, showEvents, nowMs }) {
    const { object } = info
    const { name = '', namespace = '', labels, annotations, uid = '' } = object.metadata ?? {}
    const w = new DescriptionWriter()
    w.write(0, `Name:\t${name}\n`)
    w.write(0, `Namespace:\t${namespace}\n`)
    writeLabels(w, 'Labels', labels)
    writeAnnotations(w, 'Annotations', annotations)
    writeFields(w, object, { level: 0, path: '' })
    if (showEvents) {
      const { kind = '' } = object
      const about = { kind, metadata: { name, namespace, uid } }
      const events = await eventsAbout(about, reader).catch(() => [])
      writeEvents(w, events, nowMs)
    }
    return w.text()
  },
}

interface Place {
  readonly level: number
  /** `.spec.rules`. */
  readonly path: string
}

function writeFields(w: PrefixWriter, content: Json, { level, path }: Place): void {
  for (const field of sortedKeys(content)) {
    const value = content[field]
    const inside = { level: level + 1, path: `${path}.${field}` }
    if (skipped.includes(inside.path)) continue
    const label = labelFor(field)
    if (isMapping(value)) {
      w.write(level, `${label}:\n`)
      writeFields(w, value, inside)
    } else if (Array.isArray(value)) {
      w.write(level, `${label}:\n`)
      for (const item of value) writeItem(w, item, inside)
    } else {
      w.write(level, `${label}:\t${goText(value)}\n`)
    }
  }
}

function writeItem(w: PrefixWriter, item: unknown, place: Place): void {
  if (isMapping(item)) writeFields(w, item, place)
  else w.write(place.level, `${goText(item)}\n`)
}
