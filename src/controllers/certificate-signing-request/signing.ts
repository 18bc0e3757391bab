/**
 * Signs what was approved, for the four built-in signers.
 * Upstream: pkg/controller/certificates/signer/signer.go at v1.36.
 */
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import { certificatesigningrequests } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import { parseCertificateRequest } from '#base/certificate-request.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { AnyController } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'
import { hasCondition, isApproved, isIssued } from './conditions.ts'
import { judges } from './signers.ts'

type Request = CertificateSigningRequest

/** Makes a certificate from a PEM request, PEM. */
export type SignRequest = (
  pem: string,
  options: {
    readonly usages: readonly string[]
    readonly nowMs: number
    readonly lifetimeMs: number
  },
) => string | Promise<string>

export interface SigningOptions {
  /** By the name of the signer; requests for others are left alone. */
  readonly signers: Readonly<Record<string, SignRequest>>
  /** `--cluster-signing-duration`: no certificate lives longer. */
  readonly lifetimeMaxMs: number
}

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly requests: ReadonlyStore<Request>
}

/** Twice what certificates are backdated by. */
const lifetimeMinMs = 10 * 60_000

export function certificateSigningController(options: SigningOptions): AnyController {
  return defineController<Deps>({
    name: 'certificatesigningrequest-signing-controller',
    primary: certificatesigningrequests,
    writes: ['certificates.k8s.io/certificatesigningrequests/status'],
    workersMax: 5,

    open: ({ client, clock, informer }) => ({
      client,
      clock,
      requests: informer(certificatesigningrequests).store,
    }),

    async reconcile(key, { client, clock, requests }, signal) {
      const request = requests.get(key)
      if (request === undefined || isIssued(request) || hasCondition(request, 'Failed')) return done
      const sign = options.signers[request.spec.signerName]
      if (sign === undefined || !isApproved(request)) return done
      const status = await outcome(request, sign, {
        nowMs: clock.nowMs(),
        lifetimeMaxMs: options.lifetimeMaxMs,
      })
      const write = { subresource: 'status', signal }
      const next = { ...request, status: { ...request.status, ...status } }
      await unlessGone(client.for(certificatesigningrequests).update(next, write))
      return done
    },
  })
}

async function outcome(
  request: Request,
  sign: SignRequest,
  { nowMs, lifetimeMaxMs }: { readonly nowMs: number; readonly lifetimeMaxMs: number },
): Promise<NonNullable<Request['status']>> {
  const { spec, status } = request
  const pem = atob(spec.request)
  const usages = spec.usages ?? []
  const objection = judges[spec.signerName]?.(parseCertificateRequest(pem), usages)
  if (objection !== undefined) {
    const failed = {
      type: 'Failed',
      status: 'True',
      reason: 'SignerValidationFailure',
      message: objection,
      lastUpdateTime: timestamp(nowMs),
    }
    return { conditions: [...(status?.conditions ?? []), failed] }
  }
  const lifetimeMs = lifetime(spec.expirationSeconds, lifetimeMaxMs)
  return { certificate: btoa(await sign(pem, { usages, nowMs, lifetimeMs })) }
}

/** What was asked for, within the limits. */
export function lifetime(expirationSeconds: number | undefined, maxMs: number): number {
  if (expirationSeconds === undefined) return maxMs
  return Math.min(maxMs, Math.max(lifetimeMinMs, expirationSeconds * 1000))
}
