/** `deployment.apps/web`, or `… created`. Upstream: cli-runtime pkg/printers/name.go. */
import { CommandError } from '#kubectl/errors.ts'
import { isList } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { Printer } from './printer.ts'

/** Names alone, or with what was done to them. */
export function namePrinter(operation = ''): Printer {
  return { print: (object) => nameText(object, operation) }
}

/** Lists that Go holds as structs have no names. Throws CommandError. */
export function refuseStructList(format: string, goType: string): void {
  if (format !== 'name') return
  throw new CommandError(`list types are not supported by name printing: *${goType}`)
}

function nameText(object: KubeObject, operation: string): string {
  if (isList(object)) return object.items.map((item) => nameText(item, operation)).join('')
  return `${kindAndName(object)}${operation === '' ? '' : ` ${operation}`}\n`
}

/** `deployment.apps/web`. */
export function kindAndName({ apiVersion = '', kind = '', metadata }: KubeObject): string {
  return `${qualifiedKind(kind, groupOf(apiVersion))}/${metadata?.name ?? '<unknown>'}`
}

/** `deployment.apps`; `pod`. */
export function qualifiedKind(kind: string, group: string): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}
