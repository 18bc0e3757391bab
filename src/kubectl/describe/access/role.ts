/** Roles and cluster roles. Upstream: describe.go, RoleDescriber, ClusterRoleDescriber. */
import type { ClusterRole, Role } from '#api/rbac/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { clusterHeading } from '#kubectl/describe/metadata.ts'
import { compactRules } from './rules.ts'
import type { CompactRule } from './rules.ts'

export const role = describer<Role | ClusterRole>({
  version: 'v1',
  events: false,
  sections: [
    ...clusterHeading,
    (w, { rules = [] }) => {
      w.write(0, 'PolicyRule:\n')
      const header = ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']
      writeTable(w, 1, [header, ...compactRules(rules ?? []).map(cellsOf)])
    },
  ],
})

function cellsOf(rule: CompactRule): readonly string[] {
  const { nonResourceUrls, resourceNames, verbs } = rule
  return [resourceText(rule), goText(nonResourceUrls), goText(resourceNames), goText(verbs)]
}

/** `deployments.apps/scale`. */
function resourceText({ resources: [resource], groups: [group = ''] }: CompactRule): string {
  if (resource === undefined) return ''
  const slash = resource.indexOf('/')
  const [name, subresource] =
    slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash)]
  return `${name}${group === '' ? '' : `.${group}`}${subresource}`
}
