/** Upstream: describe.go, describeStatus. */
import type { ContainerState, ContainerStateTerminated } from '#api/core/v1.gen.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { dateText } from '#kubectl/describe/time-text.ts'

export function writeState(w: PrefixWriter, title: string, state: ContainerState = {}): void {
  const { running, waiting, terminated } = state
  if (running !== undefined) {
    w.write(2, `${title}:\tRunning\n`)
    w.write(3, `Started:\t${dateText(running.startedAt)}\n`)
  } else if (waiting === undefined && terminated !== undefined) {
    w.write(2, `${title}:\tTerminated\n`)
    writeTerminated(w, terminated)
  } else {
    w.write(2, `${title}:\tWaiting\n`)
    if ((waiting?.reason ?? '') !== '') w.write(3, `Reason:\t${waiting?.reason}\n`)
  }
}

function writeTerminated(w: PrefixWriter, terminated: ContainerStateTerminated): void {
  const { reason = '', message = '', exitCode, signal = 0, startedAt, finishedAt } = terminated
  if (reason !== '') w.write(3, `Reason:\t${reason}\n`)
  if (message !== '') w.write(3, `Message:\t${message}\n`)
  w.write(3, `Exit Code:\t${exitCode}\n`)
  if (signal > 0) w.write(3, `Signal:\t${signal}\n`)
  w.write(3, `Started:\t${dateText(startedAt)}\n`)
  w.write(3, `Finished:\t${dateText(finishedAt)}\n`)
}
