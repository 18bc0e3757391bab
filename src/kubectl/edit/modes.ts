/** What is done with edited objects. Upstream: kubectl pkg/cmd/util/editor/editoptions.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { mergePatchBetween, twoWayPatch } from '#kubectl/apply/two-way.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Validation } from '#kubectl/objects/dry-run.ts'
import type { Info, Json, KubeObject } from '#kubectl/objects/info.ts'
import { lastAppliedAnnotation, withLastApplied } from '#kubectl/objects/last-applied.ts'
import { createObject, patchObject } from '#kubectl/objects/write.ts'
import type { PatchType } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'
import { goSyntax } from './go-syntax.ts'
import { resourceName } from './session.ts'
import type { Mode, Outcome } from './session.ts'

export interface ModeOptions {
  readonly validation: Validation
  readonly saveConfig: boolean
}

/** `kubectl edit`: each object that changed is patched. */
export function patchMode(call: Call, options: ModeOptions): Mode {
  return {
    header: 'object',
    validates: options.validation !== 'Ignore',
    async write(originals, edited, outcome) {
      await eachOf(edited, (info) => patchOne(call, { originals, info, outcome }, options))
    },
  }
}

/** Goes on after a failure; what became of the last one counts. Upstream: cli-runtime InfoListVisitor. */
async function eachOf(infos: readonly Info[], write: (info: Info) => Promise<void>): Promise<void> {
  let last: Promise<void> = Promise.resolve()
  for (const info of infos) {
    last = write(info)
    await last.catch(() => undefined)
  }
  await last
}

interface Patching {
  readonly originals: readonly Info[]
  readonly info: Info
  readonly outcome: Outcome
}

async function patchOne(
  call: Call,
  { originals, info, outcome }: Patching,
  { validation, saveConfig }: ModeOptions,
): Promise<void> {
  const { flags, io } = call
  const original = originalOf(originals, info).object
  const whole = withManagedFieldsOf(original, info.object)
  const object = saveConfig ? withLastApplied(whole) : whole
  if (goJson(original) === goJson(object)) {
    io.stdout((await resultPrinter(call, 'skipped')).print(object))
    return
  }
  const { type, patch } = patchBetween(original, object, info)
  if (flags.bool('output-patch')) io.stdout(`Patch: ${goJson(patch)}\n`)
  try {
    const written = await patchObject(
      call,
      info,
      { type, patch: goJson(patch) },
      {
        validation,
        fieldManager: flags.string('field-manager'),
        subresource: flags.string('subresource'),
      },
    )
    io.stdout((await resultPrinter(call, 'edited')).print(written))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    io.stderr(`${noted(error, info, outcome)}\n`)
  }
}

/** Nobody edits them, so they are not shown; nor may they look removed. */
function withManagedFieldsOf(original: KubeObject, object: KubeObject): KubeObject {
  const managedFields = original.metadata?.['managedFields']
  if (managedFields === undefined) return object
  return { ...object, metadata: { ...object.metadata, managedFields } }
}

function originalOf(originals: readonly Info[], { object }: Info): Info {
  const uid = object.metadata?.uid
  const found = originals.find((one) => one.object.metadata?.uid === uid)
  if (found !== undefined) return found
  throw new CommandError(
    `no original object found for &unstructured.Unstructured{Object:${goSyntax(object)}}`,
  )
}

function patchBetween(original: Json, edited: KubeObject, { mapping }: Info) {
  const { group, version, kind } = mapping
  const name = schemaTypeOf(group, version, kind)
  const schema = name === undefined ? undefined : typeSchema(name)
  const type: PatchType = schema === undefined ? 'merge' : 'strategic'
  const patch =
    schema === undefined
      ? mergePatchBetween(original, edited)
      : twoWayPatch(original, edited, schema)
  const { metadata } = patch
  const renamed = typeof metadata === 'object' && metadata !== null && 'name' in metadata
  if ('apiVersion' in patch || 'kind' in patch || renamed) {
    throw new CommandError('At least one of apiVersion, kind and name was changed')
  }
  return { type, patch }
}

/** Counts the failure and says it in a line. */
function noted(error: Error, info: Info, outcome: Outcome): string {
  const what = `${resourceName(info)} ${JSON.stringify(info.name)}`
  if (error instanceof StatusError && error.reason === 'Invalid') {
    const causes = error.status.details?.causes ?? []
    const details = causes.map(({ field = '', message = '' }) => `${field}: ${message}`)
    outcome.reasons.push({ head: `${what} was not valid`, details })
    return `error: ${what} is invalid`
  }
  if (isStatus(error, 'NotFound')) {
    outcome.notFound += 1
    return `error: ${what} could not be found on the server`
  }
  outcome.retryable += 1
  return `error: ${what} could not be patched: ${error.message}`
}

/** `kubectl create --edit`. */
export function createMode(call: Call, { validation, saveConfig }: ModeOptions): Mode {
  const { flags, io } = call
  return {
    header: 'object',
    validates: validation !== 'Ignore',
    async write(_originals, edited) {
      await eachOf(edited, async (info) => {
        const object = saveConfig ? withLastApplied(info.object) : info.object
        const fieldManager = flags.string('field-manager')
        const created = await createObject(call, info, object, { validation, fieldManager })
        io.stdout((await resultPrinter(call, 'created')).print(created))
      })
    },
  }
}

/** `kubectl apply edit-last-applied`: only the annotation is written. */
export function lastAppliedMode(call: Call, { validation }: ModeOptions): Mode {
  const { flags, io, factory } = call
  return {
    header: 'lastApplied',
    validates: validation !== 'Ignore',
    async write(originals, edited) {
      await eachOf(edited, async (info) => {
        const original = originalOf(originals, info)
        const text = `${goJson(info.object)}\n`
        if (text === `${goJson(original.object)}\n`) {
          io.stdout((await resultPrinter(call, 'skipped')).print(info.object))
          return
        }
        const patch = goJson({ metadata: { annotations: { [lastAppliedAnnotation]: text } } })
        const { namespace } = await factory.namespace()
        const at = { ...info, namespace: info.mapping.namespaced ? namespace : '' }
        const fieldManager = flags.string('field-manager')
        await patchObject(call, at, { type: 'merge', patch }, { validation, fieldManager })
        io.stdout((await resultPrinter(call, 'edited')).print(info.object))
      })
    },
  }
}
