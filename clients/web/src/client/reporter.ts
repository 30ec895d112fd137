/* The reporting page's side of its worker: the machine of COMMANDS.md §10. One is one signal or one
 * return; it is ended with its worker, and nothing is left. */
import type { ReporterCommands, ReporterQuestions, ReporterTell } from "../core/reporter.ts";
import { Remote, type WorkerPort } from "./remote.ts";

/** A Worker, which can be ended. */
interface EndablePort extends WorkerPort {
  terminate(): void;
}

export class Reporter extends Remote<ReporterCommands, ReporterQuestions, ReporterTell> {
  constructor(private readonly worker: EndablePort) {
    super(worker);
  }

  /** At once: all that was filled in, the receipt and the connection are gone with the worker's
   * memory. */
  end(): void {
    this.worker.terminate();
  }
}
