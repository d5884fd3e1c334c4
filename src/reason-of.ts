/** What was thrown, as a text for people: an error's message, anything else as it prints. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
