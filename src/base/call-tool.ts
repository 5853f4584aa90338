/** Tools for somebody below the table, like a program: what its caller may call, and no more. */
export interface NestedTools {
  readonly names: readonly string[];
  call(name: string, input: unknown): Promise<Record<string, unknown>>;
}
