// Questions to whoever sits at the client, in the words of its era: the older one asks and waits for the answer, the
// newer one gets the question instead of an answer, and calls again with what was said.
import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { QUESTION_MS, SUMMARY_CHARS_MAX } from "../base/limits.ts";
import type { Answer, Ask, Question } from "../base/question.ts";

const Content = z.object({ approved: z.boolean(), note: z.string().max(SUMMARY_CHARS_MAX).optional() });

const FORM = {
  type: "object" as const,
  properties: {
    approved: { type: "boolean" as const, title: "Approve" },
    note: { type: "string" as const, title: "Note" },
  },
  required: ["approved"],
};

export class Questions {
  readonly #server: Server;
  readonly #context: ServerContext;
  #open: Question | undefined;

  constructor(server: Server, context: ServerContext) {
    this.#server = server;
    this.#context = context;
  }

  /** Undefined for a client that has nobody to ask. */
  get ask(): Ask | undefined {
    const { envelope } = this.#context.mcpReq;
    const capabilities = envelope
      ? (envelope as Record<string, unknown>)["io.modelcontextprotocol/clientCapabilities"]
      : this.#server.getClientCapabilities();
    if (!(capabilities as { readonly elicitation?: unknown } | undefined)?.elicitation) return undefined;
    return (question) => (envelope ? this.#answered(question) : this.#elicit(question));
  }

  /** What this call goes on with, when it is the second one of the newer era. Its client may say whatever it likes. */
  get resumed(): string | undefined {
    const state: unknown = this.#context.mcpReq.requestState();
    return typeof state === "string" ? state : undefined;
  }

  /** The question that is still open, instead of the answer of the call. */
  insteadOf(answer: CallToolResult): CallToolResult | InputRequiredResult {
    if (!this.#open) return answer;
    const { key, resume } = this.#open;
    const question = inputRequired.elicit({ message: textOf(this.#open), requestedSchema: FORM });
    return inputRequired({ inputRequests: { [key]: question }, requestState: resume });
  }

  async #answered(question: Question): Promise<Answer | undefined> {
    const view = inputResponse(this.#context.mcpReq.inputResponses, question.key);
    if (view.kind !== "elicit") this.#open = question;
    return view.kind === "elicit" ? answerOf(view.action, view.content) : undefined;
  }

  async #elicit(question: Question): Promise<Answer | undefined> {
    const { mcpReq } = this.#context;
    const params = { message: textOf(question), requestedSchema: FORM };
    try {
      const { action, content } = await mcpReq.elicitInput(params, { timeout: QUESTION_MS, signal: mcpReq.signal });
      return answerOf(action, content);
    } catch {
      return undefined; // Nobody answered in time: it can be answered later.
    }
  }
}

function textOf({ message, details }: Question): string {
  return details === undefined ? message : `${message}\n\n${JSON.stringify(details, null, 2)}`;
}

/** Who closes the question decides later. */
function answerOf(action: "accept" | "decline" | "cancel", content: unknown): Answer | undefined {
  if (action === "cancel") return undefined;
  const given = Content.safeParse(content);
  return action === "accept" && given.success ? given.data : { approved: false };
}
