/** `kubectl auth reconcile`. Upstream: kubectl pkg/cmd/auth/reconcile.go. */
import { isStatus } from '#api/meta/status.ts'
import type { PolicyRule } from '#api/rbac/v1.gen.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import { dryRunFlag, filenameFlags, printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import { fetchInfos, getObject } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { select } from '#kubectl/objects/selection.ts'
import { typed } from '#kubectl/objects/typed.ts'
import { createObject, deleteObject, replaceObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'
import { planBinding, planRole } from '#kubectl/reconcile/plan.ts'
import type { Plan, Subject } from '#kubectl/reconcile/plan.ts'

export const command: Command = {
  use: 'auth reconcile -f FILENAME',
  about: `Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects.

 What is not there is created, with its namespace. Roles that are there are given the permissions that they lack,
 bindings the subjects; what they have more only goes with --remove-extra-permissions and --remove-extra-subjects.
 Rules are compared by what they allow, which 'apply' does not.`,
  examples: [['The objects of a file', 'kubectl auth reconcile -f my-rbac-rules.yaml']],
  flags: [
    ...printFlags,
    ...filenameFlags('to reconcile'),
    dryRunFlag,
    bool('remove-extra-permissions', 'Take away what roles allow beyond the file.'),
    bool('remove-extra-subjects', 'Take away subjects of bindings that the file has not.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  const filenames = flags.strings('filename')
  const kustomize = flags.string('kustomize')
  if (filenames.length === 0 && kustomize === '') {
    throw new CommandError('must specify one of -f and -k')
  }
  if (args.length > 0) throw new CommandError('no arguments are allowed')
  const dryRun = await dryRunOf(call)
  if (dryRun === 'server') {
    throw new CommandError('--dry-run=server for command reconcile is not supported yet')
  }
  const selection = await select(call, {
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    local: true,
  })
  const printer = await resultPrinter(call, 'reconciled', dryRun)
  const { infos, errors } = await fetchInfos(call, selection)
  const failures = [...errors]
  for (const { object } of infos) {
    const reconcile = reconcilers[`${object.apiVersion ?? ''} ${object.kind ?? ''}`]
    try {
      const outcome = await reconcile?.(call, typed(object), dryRun === 'none')
      if (outcome === undefined) continue
      call.io.stdout(printer.print(outcome.object, 'given'))
      call.io.stderr(outcome.story)
    } catch (error) {
      failures.push(error)
    }
  }
  throwFailures(failures)
}

interface Outcome {
  readonly object: KubeObject
  readonly story: string
}

type Reconcile = (call: Call, wanted: KubeObject, confirmed: boolean) => Promise<Outcome>

const group = 'rbac.authorization.k8s.io/v1'

/** Other kinds are passed over. */
const reconcilers: Readonly<Record<string, Reconcile>> = {
  [`${group} Role`]: reconcileRole,
  [`${group} ClusterRole`]: reconcileRole,
  [`${group} RoleBinding`]: reconcileBinding,
  [`${group} ClusterRoleBinding`]: reconcileBinding,
}

async function reconcileRole(call: Call, wanted: KubeObject, confirmed: boolean): Promise<Outcome> {
  const removesExtra = call.flags.bool('remove-extra-permissions')
  const plan = (existing: KubeObject | undefined) => planRole(existing, wanted, removesExtra)
  const done = await reconciled(call, wanted, { plan, confirmed })
  return {
    object: done.object,
    story: story(done, { noun: 'rules', removesExtra, text: ruleText }),
  }
}

async function reconcileBinding(
  call: Call,
  wanted: KubeObject,
  confirmed: boolean,
): Promise<Outcome> {
  const removesExtra = call.flags.bool('remove-extra-subjects')
  const plan = (existing: KubeObject | undefined) => planBinding(existing, wanted, removesExtra)
  const done = await reconciled(call, wanted, { plan, confirmed })
  return {
    object: done.object,
    story: story(done, { noun: 'subjects', removesExtra, text: subjectText }),
  }
}

const attemptsMax = 4

/** Plans and acts; once more when somebody else was quicker. */
async function reconciled<Item>(
  call: Call,
  wanted: KubeObject,
  {
    plan,
    confirmed,
  }: {
    readonly plan: (existing: KubeObject | undefined) => Plan<KubeObject, Item>
    readonly confirmed: boolean
  },
): Promise<Plan<KubeObject, Item>> {
  const { name = '', namespace = '' } = wanted.metadata ?? {}
  const at = { mapping: localMapping(wanted.apiVersion ?? '', wanted.kind ?? ''), namespace, name }
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const existing = await live(call, at)
    const planned = plan(existing)
    if (planned.isProtected || !confirmed || planned.operation === 'none') return planned
    try {
      return { ...planned, object: received(await act(call, { at, existing, planned })) }
    } catch (error) {
      const isLate = isStatus(error, 'AlreadyExists') || isStatus(error, 'NotFound')
      if (!isLate) throw error
    }
  }
  throw new CommandError('exceeded maximum attempts')
}

type At = Parameters<typeof replaceObject>[1]

async function live(call: Call, at: At): Promise<KubeObject | undefined> {
  try {
    return received(await getObject(await call.factory.rest(), at))
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined
    throw error
  }
}

/** Upstream asks for protobuf, which has no empty lists. */
function received({ rules, ...rest }: KubeObject): KubeObject {
  return typed(Array.isArray(rules) && rules.length > 0 ? { ...rest, rules } : rest)
}

interface Act {
  readonly at: At
  readonly existing: KubeObject | undefined
  readonly planned: Plan<KubeObject, unknown>
}

async function act(call: Call, { at, existing, planned }: Act): Promise<KubeObject> {
  const { operation, object } = planned
  if (operation === 'update') return await replaceObject(call, at, object)
  if (existing !== undefined) await deleteObject(call, at)
  else if (at.mapping.namespaced) await ensureNamespace(call, at.namespace)
  return await createObject(call, at, object)
}

async function ensureNamespace(call: Call, name: string): Promise<void> {
  const mapping = localMapping('v1', 'Namespace')
  if (name === '') throw new CommandError('resource name may not be empty')
  try {
    await getObject(await call.factory.rest(), { mapping, namespace: '', name })
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error
    await createObject(
      call,
      { mapping, namespace: '' },
      {
        kind: 'Namespace',
        apiVersion: 'v1',
        metadata: { name },
        spec: {},
        status: {},
      },
    ).catch((failure: unknown) => {
      if (!isStatus(failure, 'AlreadyExists')) throw failure
    })
  }
}

interface Told<Item> {
  readonly noun: string
  readonly removesExtra: boolean
  readonly text: (item: Item) => string
}

function story<Item>(
  { operation, isProtected, missing, extra }: Plan<KubeObject, Item>,
  { noun, removesExtra, text }: Told<Item>,
): string {
  if (operation === 'none') return ''
  const caveat = isProtected ? `, but object opted out (${autoUpdate}: false)` : ''
  const list = (what: string, items: readonly Item[]): string =>
    items.length === 0 ? '' : `\t${what}:\n${items.map((item) => `\t\t${text(item)}\n`).join('')}`
  return [
    `\treconciliation required ${operation}${caveat}\n`,
    list(`missing ${noun} added`, missing),
    removesExtra ? list(`extra ${noun} removed`, extra) : '',
  ].join('')
}

const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'

/** As Go prints the structs. */
function subjectText({ kind, apiGroup = '', name, namespace = '' }: Subject): string {
  return `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`
}

function ruleText(rule: PolicyRule): string {
  const list = (items: readonly string[] = []): string => `[${items.join(' ')}]`
  return `{Verbs:${list(rule.verbs)} APIGroups:${list(rule.apiGroups)} Resources:${list(rule.resources)} ResourceNames:${list(rule.resourceNames)} NonResourceURLs:${list(rule.nonResourceURLs)}}`
}
