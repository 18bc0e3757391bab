/**
 * Kinds that upstream serves with a warning.
 * Upstream: staging/src/k8s.io/api/core/v1/zz_generated.prerelease-lifecycle.go and
 * …/apiserver/pkg/endpoints/deprecation/deprecation.go, v1.36.
 */
import type { Resource } from '#resources/resource.ts'

const deprecated: Readonly<Record<string, string>> = {
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

export function deprecationOf(row: Resource): string | undefined {
  return row.deprecation ?? deprecated[`${row.group}/${row.version}/${row.plural}`]
}
