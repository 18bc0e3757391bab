import type { Container as ApiContainer, EphemeralContainer } from '#api/core/v1.gen.ts'

export type { PodSpec } from '#api/core/v1.gen.ts'
export type { ObjectMeta } from '#api/meta/v1.gen.ts'

/** What containers of all three kinds have in common. */
export type Container = ApiContainer | EphemeralContainer
