import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '#base/user-error.ts'
import { admissionDeps } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { createAdmission } from './create-admission.ts'

function start(choice: {
  readonly enable?: readonly string[]
  readonly disable?: readonly string[]
}) {
  return createAdmission(admissionDeps(new FakeObjects()), { enable: [], disable: [], ...choice })
}

for (const [choice, message] of [
  [{ enable: ['Odd'] }, 'enable-admission-plugins plugin "Odd" is unknown'],
  [{ disable: ['Odd'] }, 'disable-admission-plugins plugin "Odd" is unknown'],
  [
    { enable: ['Priority'], disable: ['Priority'] },
    '[Priority] in enable-admission-plugins and disable-admission-plugins overlapped',
  ],
  [
    { enable: ['ImagePolicyWebhook'] },
    `couldn't init admission plugin "ImagePolicyWebhook": no config specified`,
  ],
  [
    { enable: ['EventRateLimit'] },
    `couldn't init admission plugin "EventRateLimit": limits: Invalid value: null: must not be empty`,
  ],
] as const) {
  test(`${JSON.stringify(choice)} → ${message}`, () => {
    assert.throws(
      () => start(choice),
      (error) => {
        assert.ok(error instanceof UserError)
        assert.equal(error.message, message)
        return true
      },
    )
  })
}
