/** `0 events`, `1 event`, `2 events`: a number of things, in words for people. */
export function counted(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? '' : 's'}`;
}
