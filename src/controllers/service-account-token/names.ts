/** How secrets with a service account's token are known. Upstream: pkg/serviceaccount/legacy.go. */
export const tokenSecretType = 'kubernetes.io/service-account-token'

export const annotationKeys = {
  name: 'kubernetes.io/service-account.name',
  uid: 'kubernetes.io/service-account.uid',
} as const

export const labelKeys = {
  lastUsed: 'kubernetes.io/legacy-token-last-used',
  invalidSince: 'kubernetes.io/legacy-token-invalid-since',
} as const
