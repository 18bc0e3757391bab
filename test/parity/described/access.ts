/** Accounts, rights and certificates. */
import type { Placed } from './place.ts'

/** Subject and alternative names of every kind; made for this test. */
const fullRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIIBzDCCAXMCAQAwgacxCzAJBgNVBAYTAkRFMQ8wDQYDVQQIDAZCZXJsaW4xDjAM
BgNVBAcMBU1pdHRlMRYwFAYDVQQJDA1NYWluIFN0cmVldCAxMQ4wDAYDVQQRDAUx
MDExNTENMAsGA1UECgwEc2hvcDEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDDAK
BgNVBAsMA2VuZzEMMAoGA1UEAwwDYm9iMQswCQYDVQQFEwI0MjBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABN4d0Cm3qg/Fu/x3wlrl8wM6Z8IV7zrHPPzIVf2WKrTr
2IBD7qlMnyoEC+vwau9WBnRDKmoqpwZ9L4PsONL2bregaTBnBgkqhkiG9w0BCQ4x
WjBYMFYGA1UdEQRPME2CCWEuZXhhbXBsZYIJYi5leGFtcGxlhwQKAAABhxAgAQ24
AAAAAAAAAAAAAAABgQ9ib2JAZXhhbXBsZS5jb22GDHNwaWZmZTovL3gveTAKBggq
hkjOPQQDAgNHADBEAiAvwwdpg2eTeRr0KKzpLpGcCj37vzmhX/LPJD17n8jI0AIg
exoJsJnuBu7QCLV8XyV3TllDLaEh7XRcYHRJB1tNlmA=
-----END CERTIFICATE REQUEST-----
`

const plainRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHIMHACAQAwDjEMMAoGA1UEAwwDZXZlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAE3h3QKbeqD8W7/HfCWuXzAzpnwhXvOsc8/MhV/ZYqtOvYgEPuqUyfKgQL6/Bq
71YGdEMqaiqnBn0vg+w40vZut6AAMAoGCCqGSM49BAMCA0gAMEUCIQCiZN5slqja
3VYRiswTrXC1sMrKEbruybuNIuTdBRPmbwIgEp5eu+FWIPTfIbzKalXGYEahgi1D
jSN4zwJXyjRLzV8=
-----END CERTIFICATE REQUEST-----
`

function request(
  name: string,
  pem: string,
  more: Partial<Placed> & { seconds?: number } = {},
): Placed {
  const { seconds, ...rest } = more
  return {
    collection: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    metadata: {
      name,
      ...(pem === fullRequest && { labels: { a: 'b' }, annotations: { c: 'd', e: 'f' } }),
    },
    fields: {
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName: 'example.com/signer',
        usages: ['client auth'],
        ...(seconds !== undefined && { expirationSeconds: seconds }),
      },
    },
    ...rest,
  }
}

function approval(type: string) {
  return {
    name: 'approval',
    fields: { status: { conditions: [{ type, status: 'True', reason: 'Test' }] } },
  }
}

export const accessObjects: readonly Placed[] = [
  {
    collection: '/api/v1/serviceaccounts',
    metadata: { namespace: 'lab', name: 'robot', labels: { a: 'b' } },
    fields: {
      imagePullSecrets: [{ name: 'pull' }, { name: 'gone' }],
      secrets: [{ name: 'robot-token' }, { name: 'absent' }],
    },
  },
  {
    collection: '/api/v1/secrets',
    metadata: { namespace: 'lab', name: 'pull', labels: { a: 'b' }, annotations: { c: 'd' } },
    fields: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } },
  },
  {
    collection: '/api/v1/secrets',
    metadata: {
      namespace: 'lab',
      name: 'robot-token',
      annotations: { 'kubernetes.io/service-account.name': 'robot' },
    },
    fields: { type: 'kubernetes.io/service-account-token', data: { token: 'YWJj', extra: 'eA==' } },
  },
  {
    collection: '/api/v1/configmaps',
    metadata: { namespace: 'lab', name: 'binary' },
    fields: { data: { b: 'two\n', a: 'one\ttab' }, binaryData: { y: 'AAEC', x: '/w==' } },
  },
  {
    collection: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    metadata: { name: 'lab-everything', labels: { a: 'b' } },
    fields: {
      rules: [
        {
          apiGroups: ['apps', ''],
          resources: ['deployments', 'deployments/scale'],
          verbs: ['get', 'list'],
        },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['delete'] },
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['a', 'b'],
          verbs: ['get', 'update'],
        },
        { nonResourceURLs: ['/healthz', '/metrics'], verbs: ['get', 'post'] },
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      ],
    },
  },
  {
    collection: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    metadata: { name: 'lab-nothing' },
    fields: { rules: [] },
  },
  {
    collection: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    metadata: { name: 'lab-all' },
    fields: {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-nothing' },
      subjects: [
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' },
        { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'ops' },
        { kind: 'ServiceAccount', namespace: 'lab', name: 'robot' },
      ],
    },
  },
  {
    collection: '/apis/rbac.authorization.k8s.io/v1/rolebindings',
    metadata: { namespace: 'lab', name: 'nobody', annotations: { a: 'b' } },
    fields: { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' } },
  },
  request('lab-full', fullRequest, { seconds: 7200 }),
  request('lab-plain', plainRequest, { subresource: approval('Approved') }),
  request('lab-denied', plainRequest, { seconds: 600, subresource: approval('Denied') }),
]
