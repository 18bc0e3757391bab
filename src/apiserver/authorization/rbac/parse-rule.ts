import type { PolicyRule } from '#api/rbac/v1.gen.ts'

/** Words for verbs that often go together. */
const verbWords: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list', 'watch'],
  write: ['create', 'delete', 'deletecollection', 'patch', 'update'],
}

/**
 * A rule in one line: `verbs groups resources [names]`, each a list with commas, the core group written
 * `core`; or `verbs /paths`. Values are sorted, as upstream's rule builder sorts them.
 */
export function parseRule(line: string): PolicyRule {
  const [verbWord = '', second = '', resources = '', names = ''] = line.split(' ')
  const verbs = split(verbWord).flatMap((word) => verbWords[word] ?? [word])
  if (resources === '') return { verbs: verbs.toSorted(), nonResourceURLs: split(second) }
  return {
    verbs: verbs.toSorted(),
    apiGroups: split(second)
      .map((group) => (group === 'core' ? '' : group))
      .toSorted(),
    resources: split(resources),
    ...(names !== '' && { resourceNames: split(names) }),
  }
}

function split(list: string): string[] {
  return list.split(',').toSorted()
}
