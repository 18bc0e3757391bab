/** `kubectl auth can-i`. Upstream: kubectl pkg/cmd/auth/cani.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import { allNamespacesFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, ExitError, PlainError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export const command: Command = {
  use: 'auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  about: `Check whether an action is allowed.

 VERB is a verb of the API like 'get', 'list', 'watch', 'delete'; TYPE a resource; NONRESOURCEURL a path that
 begins with "/". Exit code 1 means no.`,
  examples: [
    ['May I create pods everywhere?', 'kubectl auth can-i create pods --all-namespaces'],
    ['What may I do?', 'kubectl auth can-i --list --namespace=foo'],
  ],
  flags: [
    allNamespacesFlag,
    bool('list', 'List all that is allowed.'),
    bool('no-headers', 'Print no headers.'),
    bool('quiet', 'Print nothing, only exit.', { short: 'q' }),
    string('subresource', 'Subresource such as pod/log or deployment/scale.'),
  ],
  run,
}

const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'impersonate',
  '*',
  'approve',
  'sign',
  'escalate',
  'attest',
]
const urlVerbs = ['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*']

interface Review extends KubeObject {
  readonly status: {
    readonly allowed?: boolean
    readonly reason?: string
    readonly evaluationError?: string
  }
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  if (flags.bool('list')) {
    if (args.length > 0) {
      throw new CommandError('list option must be specified with no arguments')
    }
    const { listRules } = await import('./rules.ts')
    return await listRules(call)
  }
  const [verb, what] = args
  if (verb === undefined || what === undefined || args.length > 2) {
    throw new PlainError(
      "error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    )
  }
  const attributes = what.startsWith('/')
    ? urlAttributes(call, verb, what)
    : await resourceAttributes(call, verb, what)
  const { status } = await review(call, attributes)
  const { allowed = false, reason = '', evaluationError = '' } = status
  if (!flags.bool('quiet')) {
    const why = reason === '' || allowed ? '' : ` - ${reason}`
    const problem = evaluationError === '' ? '' : ` - ${evaluationError}`
    io.stdout(`${allowed ? 'yes' : `no${why}${problem}`}\n`)
  }
  if (!allowed) throw new ExitError(1)
}

function urlAttributes({ io, flags }: Call, verb: string, path: string): object {
  if (flags.string('subresource') !== '') {
    throw new CommandError('--subresource can not be used with NonResourceURL')
  }
  if (!urlVerbs.includes(verb)) io.stderr(`Warning: verb '${verb}' is not a known verb\n\n`)
  return { nonResourceAttributes: { verb, path } }
}

async function resourceAttributes(call: Call, verb: string, what: string): Promise<object> {
  const { flags, io, factory } = call
  const [type = '', name = ''] = what.split('/', 2)
  const [resource = '', ...rest] = type.split('.')
  let found = { resource, group: rest.join('.') }
  let namespace = flags.bool('all-namespaces') ? '' : (await factory.namespace()).namespace
  if (type !== '*') {
    try {
      const mapping = await (await factory.mapper()).mappingFor(type)
      found = { resource: mapping.resource, group: mapping.group }
      if (!mapping.namespaced && !flags.bool('all-namespaces')) {
        const group = mapping.group === '' ? '' : ` in group '${mapping.group}'`
        io.stderr(`Warning: resource '${mapping.resource}' is not namespace scoped${group}\n\n`)
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      const group = found.group === '' ? '' : ` in group '${found.group}'`
      io.stderr(`Warning: the server doesn't have a resource type '${resource}'${group}\n\n`)
    }
  }
  if (!verbs.includes(verb)) io.stderr(`Warning: verb '${verb}' is not a known verb\n\n`)
  const subresource = flags.string('subresource')
  return {
    resourceAttributes: {
      ...(namespace !== '' && { namespace }),
      verb,
      ...(found.group !== '' && { group: found.group }),
      resource: found.resource,
      ...(subresource !== '' && { subresource }),
      ...(name !== '' && { name }),
    },
  }
}

async function review({ factory }: Call, spec: object): Promise<Review> {
  const rest = await factory.rest()
  const group = 'authorization.k8s.io'
  return await rest.json<Review>({
    method: 'POST',
    path: `/apis/${group}/v1/selfsubjectaccessreviews`,
    body: JSON.stringify({
      kind: 'SelfSubjectAccessReview',
      apiVersion: `${group}/v1`,
      metadata: {},
      spec,
      status: { allowed: false },
    }),
    about: { group, resource: 'selfsubjectaccessreviews' },
  })
}
