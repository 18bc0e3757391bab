import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invalidValue, required } from './field-error.ts'
import * as status from './status.ts'

const pods = { group: '', resource: 'pods' }
const deployments = { group: 'apps', resource: 'deployments' }

/** Message, reason, code and details, as the API answers them. */
const cases: readonly (readonly [status.StatusError, string, string, number, unknown?])[] = [
  [status.badRequest('x'), 'x', 'BadRequest', 400],
  [status.unauthorized(), 'Unauthorized', 'Unauthorized', 401],
  [
    status.forbidden(pods, 'a', 'no'),
    'pods "a" is forbidden: no',
    'Forbidden',
    403,
    { name: 'a', kind: 'pods' },
  ],
  [status.forbidden(pods, '', 'no'), 'pods is forbidden: no', 'Forbidden', 403, { kind: 'pods' }],
  [status.forbidden({ group: '', resource: '' }, '', 'no'), 'forbidden: no', 'Forbidden', 403, {}],
  [
    status.notFound(deployments, 'a'),
    'deployments.apps "a" not found',
    'NotFound',
    404,
    { name: 'a', group: 'apps', kind: 'deployments' },
  ],
  [
    status.alreadyExists(pods, 'a'),
    'pods "a" already exists',
    'AlreadyExists',
    409,
    { name: 'a', kind: 'pods' },
  ],
  [
    status.conflict(pods, 'a', status.modified),
    'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
    'Conflict',
    409,
    { name: 'a', kind: 'pods' },
  ],
  [
    status.invalid({ group: 'apps', kind: 'Deployment' }, 'd', [
      required('spec.selector', ''),
      invalidValue('spec.replicas', -1, 'must be greater than or equal to 0'),
    ]),
    'Deployment.apps "d" is invalid: [spec.selector: Required value, spec.replicas: Invalid value: -1: must be greater than or equal to 0]',
    'Invalid',
    422,
    {
      name: 'd',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: -1: must be greater than or equal to 0',
          field: 'spec.replicas',
        },
      ],
    },
  ],
  [
    status.invalid({ group: '', kind: 'ConfigMap' }, '', [required('metadata.name', 'x')]),
    'ConfigMap "" is invalid: metadata.name: Required value: x',
    'Invalid',
    422,
    {
      kind: 'ConfigMap',
      causes: [
        { reason: 'FieldValueRequired', message: 'Required value: x', field: 'metadata.name' },
      ],
    },
  ],
  [status.expired('too old'), 'too old', 'Expired', 410],
  [status.gone('gone'), 'gone', 'Gone', 410],
  [
    status.methodNotSupported(deployments, 'list'),
    'list is not supported on resources of kind "deployments.apps"',
    'MethodNotAllowed',
    405,
    { group: 'apps', kind: 'deployments' },
  ],
  [
    status.unsupportedMediaType(['application/json', 'application/yaml']),
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    'UnsupportedMediaType',
    415,
  ],
  [
    status.notAcceptable(['application/json']),
    'only the following media types are accepted: application/json',
    'NotAcceptable',
    406,
  ],
  [
    status.requestEntityTooLarge('limit is 3145728'),
    'Request entity is too large: limit is 3145728',
    'RequestEntityTooLarge',
    413,
  ],
  [status.tooManyRequests('x', 1), 'x', 'TooManyRequests', 429, { retryAfterSeconds: 1 }],
  [status.timeout('x', 0), 'Timeout: x', 'Timeout', 504, {}],
  [
    status.serverTimeout(pods, 'get', 1),
    'The get operation against pods could not be completed at this time, please try again.',
    'ServerTimeout',
    500,
    { name: 'get', kind: 'pods', retryAfterSeconds: 1 },
  ],
  [
    status.internalError(new Error('x')),
    'Internal error occurred: x',
    'InternalError',
    500,
    { causes: [{ message: 'x' }] },
  ],
  [status.serviceUnavailable('x'), 'x', 'ServiceUnavailable', 503],
  [
    status.applyConflict([{ field: '.a' }], 'x'),
    'x',
    'Conflict',
    409,
    { causes: [{ field: '.a' }] },
  ],
  [
    status.genericServerResponse({ code: 404 }),
    'the server could not find the requested resource',
    'NotFound',
    404,
    {},
  ],
  [
    status.genericServerResponse({ code: 404, verb: 'GET', resource: pods, name: 'a' }),
    'the server could not find the requested resource (get pods a)',
    'NotFound',
    404,
    { name: 'a', kind: 'pods' },
  ],
  [
    status.genericServerResponse({ code: 502, serverMessage: 'bad', unexpected: true }),
    'an error on the server ("bad") has prevented the request from succeeding',
    'InternalError',
    502,
    { causes: [{ reason: 'UnexpectedServerResponse', message: 'bad' }] },
  ],
  [
    status.genericServerResponse({ code: 418 }),
    'the server responded with the status code 418 but did not return more information',
    '',
    418,
    {},
  ],
]

for (const [error, message, reason, code, details] of cases) {
  test(`${code} ${reason}: ${message}`, () => {
    assert.equal(error.message, message)
    assert.deepEqual(error.status, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason !== '' && { reason }),
      ...(details !== undefined && { details }),
      code,
    })
    assert.deepEqual([error.code, error.reason], [code, reason])
  })
}

test('a status is known by its reason', () => {
  const error: unknown = status.notFound(pods, 'a')
  assert.equal(status.isStatus(error, 'NotFound'), true)
  assert.equal(status.isStatus(error, 'Conflict'), false)
  assert.equal(status.isStatus(new Error('x'), 'NotFound'), false)
})

test('a status from a server becomes an error', () => {
  const sent = { metadata: {}, message: 'm', reason: 'Conflict', code: 409 }
  const error = status.statusErrorFrom(sent as Parameters<typeof status.statusErrorFrom>[0])
  assert.deepEqual([error.message, error.reason, error.code], ['m', 'Conflict', 409])
})
