/**
 * Whether a container that ended runs again: the pod's policy, the container's own, its rules.
 * Upstream: pkg/kubelet/container/helpers.go, ShouldContainerBeRestarted, at v1.36.
 */
import type { Container, ContainerRestartRule, Pod } from '#api/core/v1.gen.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime, RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'

export function shouldRestart(pod: Pod, container: Container, runtime: PodRuntime): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  const present = latest(runtime, container.name)
  if (present === undefined) return true
  switch (present.state.is) {
    case 'running':
      return false
    case 'created':
    case 'unknown':
      return true
    case 'exited':
      return restartsAfter(pod, container, present.state.exitCode)
  }
}

/** Whether a container of the pod would run again after ending with `exitCode`. */
export function restartsAfter(pod: Pod, container: Container, exitCode: number): boolean {
  const rule = container.restartPolicyRules?.find((each) => matches(each, exitCode))
  if (rule !== undefined) return true
  const policy = container.restartPolicy ?? pod.spec.restartPolicy
  if (policy === 'Never') return false
  return policy !== 'OnFailure' || exitCode !== 0
}

/** Whether anything in the pod may be restarted after a failure. */
export function restartsOnFailure(pod: Pod): boolean {
  return pod.spec.restartPolicy !== 'Never'
}

/** Whether the container can run again, however it ends: its restarts are not at an end. */
export function mayRestart(pod: Pod, container: Container): boolean {
  const policy = container.restartPolicy ?? pod.spec.restartPolicy
  return policy !== 'Never' || (container.restartPolicyRules?.length ?? 0) > 0
}

export function succeeded(container: RuntimeContainer | undefined): boolean {
  return container?.state.is === 'exited' && container.state.exitCode === 0
}

function matches(rule: ContainerRestartRule, exitCode: number): boolean {
  if (rule.exitCodes === undefined) return false
  const listed = rule.exitCodes.values?.includes(exitCode) ?? false
  return rule.exitCodes.operator === 'NotIn' ? !listed : listed
}
