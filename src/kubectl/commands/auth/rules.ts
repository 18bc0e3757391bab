/** `kubectl auth can-i --list`. Upstream: kubectl pkg/cmd/auth/cani.go, rbac validation CompactRules. */
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'

interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

interface UrlRule {
  readonly verbs: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

interface Rules {
  readonly status: {
    readonly resourceRules?: readonly ResourceRule[]
    readonly nonResourceRules?: readonly UrlRule[]
    readonly incomplete?: boolean
    readonly evaluationError?: string
  }
}

interface Row {
  readonly group: string
  readonly resource: string
  readonly urls: readonly string[]
  readonly names: readonly string[]
  readonly verbs: readonly string[]
}

export async function listRules({ flags, io, factory }: Call): Promise<void> {
  const group = 'authorization.k8s.io'
  const { namespace } = await factory.namespace()
  const rest = await factory.rest()
  const { status } = await rest.json<Rules>({
    method: 'POST',
    path: `/apis/${group}/v1/selfsubjectrulesreviews`,
    body: JSON.stringify({
      kind: 'SelfSubjectRulesReview',
      apiVersion: `${group}/v1`,
      metadata: {},
      spec: { namespace: flags.bool('all-namespaces') ? '' : namespace },
      status: { resourceRules: null, nonResourceRules: null, incomplete: false },
    }),
    about: { group, resource: 'selfsubjectrulesreviews' },
  })
  if (status.incomplete === true && (status.evaluationError ?? '') !== '') {
    io.stderr(`warning: the list may be incomplete: ${status.evaluationError}\n`)
  }
  const { resourceRules = [], nonResourceRules = [] } = status
  const rows = [...resourceRows(resourceRules ?? []), ...urlRows(nonResourceRules ?? [])].toSorted(
    (a, b) => compareBytes(goString(a), goString(b)),
  )
  const header = flags.bool('no-headers')
    ? []
    : ['Resources\tNon-Resource URLs\tResource Names\tVerbs']
  const lines = rows.map(({ group, resource, urls, names, verbs }) =>
    [
      group === '' ? resource : `${resource}.${group}`,
      `[${urls.join(' ')}]`,
      `[${names.join(' ')}]`,
      `[${verbs.join(' ')}]`,
    ].join('\t'),
  )
  io.stdout(alignTabs([...header, ...lines, ''].join('\n')))
}

/** As Go prints a rule, which is what rows are sorted by. */
function goString({ group, resource, urls, names, verbs }: Row): string {
  const groups = resource === '' ? '' : group
  return `Verbs:[${verbs.join(' ')}],APIGroups:[${groups}],Resources:[${resource}],ResourceNames:[${names.join(' ')}],NonResourceURLs:[${urls.join(' ')}],}`
}

/** One row for each resource and names; verbs of several rules together. */
function resourceRows(rules: readonly ResourceRule[]): readonly Row[] {
  const rows = new Map<string, Row & { verbs: string[] }>()
  for (const { verbs, apiGroups = [], resources = [], resourceNames = [] } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        const key = `${group}/${resource}|${resourceNames.join(',')}`
        const row = rows.get(key) ?? { group, resource, urls: [], names: resourceNames, verbs: [] }
        row.verbs.push(...verbs.filter((verb) => !row.verbs.includes(verb)))
        rows.set(key, row)
      }
    }
  }
  return [...rows.values()]
}

function urlRows(rules: readonly UrlRule[]): readonly Row[] {
  return rules.flatMap(({ verbs, nonResourceURLs = [] }) =>
    nonResourceURLs.map((url) => ({ group: '', resource: '', urls: [url], names: [], verbs })),
  )
}
