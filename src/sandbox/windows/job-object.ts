// A job of Windows holds a program and all that it starts: it counts memory, processes and time, and all of it ends
// when the job is closed. It keeps nobody from files or the network: that is why the level stays `process`.
import type { Kernel32 } from "../../runtime/runtime.ts";
import type { Limits } from "../limits.ts";

const JOB_TIME = 0x4;
const ACTIVE_PROCESSES = 0x8;
const PRIORITY = 0x20;
const JOB_MEMORY = 0x200;
/** No window asks anybody what to do about a crash. */
const DIE_ON_EXCEPTION = 0x400;
const KILL_ON_CLOSE = 0x2000;
const BELOW_NORMAL = 0x4000;

/** The places in the structure JOBOBJECT_EXTENDED_LIMIT_INFORMATION of 64-bit Windows. */
const JOB_TIME_AT = 8;
const FLAGS_AT = 16;
const ACTIVE_PROCESSES_AT = 40;
const PRIORITY_AT = 56;
const JOB_MEMORY_AT = 120;
const LENGTH = 144;
/** Windows counts time in steps of 100 ns. */
const STEPS_PER_MS = 10_000n;

const EXTENDED_LIMITS = 9;
/** Enough to put a process into a job and to end it. */
const SET_QUOTA_AND_TERMINATE = 0x101;
const KILLED = 1;

export function jobLimits({
  cpuMs,
  processes,
  memoryBytes,
}: Pick<Limits, "cpuMs" | "processes" | "memoryBytes">): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(JOB_TIME_AT, BigInt(Math.round(cpuMs)) * STEPS_PER_MS, true);
  view.setUint32(
    FLAGS_AT,
    JOB_TIME | ACTIVE_PROCESSES | PRIORITY | JOB_MEMORY | DIE_ON_EXCEPTION | KILL_ON_CLOSE,
    true,
  );
  view.setUint32(ACTIVE_PROCESSES_AT, processes, true);
  view.setUint32(PRIORITY_AT, BELOW_NORMAL, true);
  view.setBigUint64(JOB_MEMORY_AT, BigInt(memoryBytes), true);
  return bytes;
}

export class JobObject {
  readonly #kernel: Kernel32;
  readonly #job: bigint;

  private constructor(kernel: Kernel32, job: bigint) {
    this.#kernel = kernel;
    this.#job = job;
  }

  /** The process must just have been started: what it has started before is not in the job. */
  static hold(kernel: Kernel32, pid: number, limits: Limits): JobObject {
    const handle = kernel.createJob();
    const job = new JobObject(kernel, handle);
    const process = kernel.openProcess(SET_QUOTA_AND_TERMINATE, pid);
    try {
      const isHeld =
        handle !== 0n &&
        kernel.setJobInformation(handle, EXTENDED_LIMITS, jobLimits(limits)) &&
        process !== 0n &&
        kernel.assignToJob(handle, process);
      if (!isHeld) throw new Error(`no job holds the process (${kernel.lastError()})`);
      return job;
    } catch (cause) {
      job.close();
      throw cause;
    } finally {
      if (process !== 0n) kernel.closeHandle(process);
    }
  }

  /** Ends all that is in it. */
  kill(): void {
    this.#kernel.terminateJob(this.#job, KILLED);
  }

  /** Ends what is still in it, too. */
  close(): void {
    if (this.#job !== 0n) this.#kernel.closeHandle(this.#job);
  }
}
