/** Bindings of both scopes. Upstream: describe.go, RoleBindingDescriber, ClusterRoleBindingDescriber. */
import type { ClusterRoleBinding, RoleBinding } from '#api/rbac/v1.gen.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { clusterHeading } from '#kubectl/describe/metadata.ts'

export const roleBinding = describer<RoleBinding | ClusterRoleBinding>({
  version: 'v1',
  events: false,
  sections: [
    ...clusterHeading,
    (w, { roleRef, subjects }) => {
      w.write(0, 'Role:\n')
      w.write(1, `Kind:\t${roleRef.kind}\n`)
      w.write(1, `Name:\t${roleRef.name}\n`)
      w.write(0, 'Subjects:\n')
      const rows = (subjects ?? []).map(({ kind, name, namespace = '' }) => [kind, name, namespace])
      writeTable(w, 1, [['Kind', 'Name', 'Namespace'], ...rows])
    },
  ],
})
