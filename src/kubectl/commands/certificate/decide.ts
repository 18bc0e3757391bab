/** `kubectl certificate approve` and `deny`. Upstream: kubectl pkg/cmd/certificates/certificates.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { isStatus } from '#api/meta/status.ts'
import { timestamp } from '#base/clock.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import { filenameFlags, printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { fetchInfos, getObject } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { select } from '#kubectl/objects/selection.ts'
import { replaceObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

interface Decision {
  readonly verb: string
  readonly done: string
  /** The condition that it sets, and the one that forbids it. */
  readonly type: string
  readonly opposite: string
  readonly reason: string
}

const approval: Decision = {
  verb: 'approve',
  done: 'approved',
  type: 'Approved',
  opposite: 'Denied',
  reason: 'KubectlApprove',
}

const denial: Decision = {
  verb: 'deny',
  done: 'denied',
  type: 'Denied',
  opposite: 'Approved',
  reason: 'KubectlDeny',
}

export const approve = deciding(
  approval,
  `Approve a certificate signing request.

 The controller of its signer then issues the certificate that is asked for. With it one may be able to act as
 another, so look at the request first.`,
)

export const deny = deciding(
  denial,
  `Deny a certificate signing request.

 The controller of its signer then issues no certificate.`,
)

function deciding(decision: Decision, about: string): Command {
  return {
    use: `certificate ${decision.verb} (-f FILENAME | NAME)`,
    about,
    examples: [['By name', `kubectl certificate ${decision.verb} csr-sqgzp`]],
    flags: [
      ...printFlags,
      ...filenameFlags(`to ${decision.verb}`),
      bool('force', `Update the request even if it is already ${decision.done}.`),
    ],
    run: (call) => decideAll(call, decision),
  }
}

async function decideAll(call: Call, decision: Decision): Promise<void> {
  const { flags, args, io } = call
  const printer = await resultPrinter(call, decision.done)
  const filenames = flags.strings('filename')
  const kustomize = flags.string('kustomize')
  if (args.length === 0 && filenames.length === 0 && kustomize === '') {
    throw new CommandError('one or more CSRs must be specified as <name> or -f <filename>')
  }
  const selection = await select(call, {
    args: args.map((name) => (name.includes('/') ? name : `certificatesigningrequests/${name}`)),
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    noDefaultNamespace: true,
  })
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const failures = [...errors]
  for (const info of infos) {
    try {
      await decide(call, info, decision)
      io.stdout(printer.print(info.object))
    } catch (error) {
      failures.push(error)
    }
  }
  if (infos.length === 0 && failures.length === 0) io.stdout('No resources found\n')
  throwFailures(failures)
}

const group = 'certificates.k8s.io'
const attemptsMax = 11

async function decide(call: Call, { mapping, name }: Info, decision: Decision): Promise<void> {
  if (mapping.group !== group || mapping.kind !== 'CertificateSigningRequest') {
    const found = mapping.group === '' ? mapping.kind : `${mapping.kind}.${mapping.group}`
    throw new CommandError(
      `can only handle CertificateSigningRequest.${group} objects, got ${found}`,
    )
  }
  const at = {
    mapping: localMapping(`${group}/v1`, 'CertificateSigningRequest'),
    namespace: '',
    name,
  }
  for (let attempt = 1; ; attempt += 1) {
    const request = await getObject<Request>(await call.factory.rest(), at)
    const decided = withDecision(request, decision, timestamp(call.io.clock.nowMs()))
    if (decided === undefined && !call.flags.bool('force')) return
    try {
      await replaceObject(call, at, decided ?? request, { subresource: 'approval' })
      return
    } catch (error) {
      if (!isStatus(error, 'Conflict') || attempt === attemptsMax) throw error
    }
  }
}

interface Request extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string }[] }
}

/** Undefined: it is decided so already. Throws CommandError when it is decided otherwise. */
function withDecision(
  request: Request,
  { type, opposite, reason, verb, done }: Decision,
  now: string,
): KubeObject | undefined {
  const conditions = request.status?.conditions ?? []
  if (conditions.some((condition) => condition.type === opposite)) {
    throw new CommandError(
      `certificate signing request ${goQuote(request.metadata?.name ?? '')} is already ${opposite}`,
    )
  }
  if (conditions.some((condition) => condition.type === type)) return undefined
  const message = `This CSR was ${done} by kubectl certificate ${verb}.`
  const fresh = { type, status: 'True', reason, message, lastUpdateTime: now }
  return { ...request, status: { ...request.status, conditions: [...conditions, fresh] } }
}
